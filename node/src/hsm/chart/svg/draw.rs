//! The drawing as text.

use std::fmt::{self, Write as _};

use super::super::outline::{Outline, one_line};
use super::super::scxml::escaped;
use super::layout::{Block, INDENT, LOOP, Point, Rect, state_lines};
use super::lines::{Line, Spot};
use super::text::{self, LINE};

/// Colours for paper and for the dark, without variables, which not every program that draws SVG knows.
const STYLE: &str = "\
.farc-chart text{font:11px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#334e68}\
.farc-chart .name{font:600 13px system-ui,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif;fill:#102a43}\
.farc-chart .mark{font-weight:600;text-anchor:middle}\
.farc-chart .paper{fill:#fff}\
.farc-chart .state{fill:#fff;stroke:#486581;stroke-width:1.3}\
.farc-chart .composite{fill:#486581;fill-opacity:.06;stroke:#486581;stroke-width:1.3}\
.farc-chart .region{fill:none;stroke:none}\
.farc-chart .active>rect,.farc-chart rect.active{fill:#ffe8a3;fill-opacity:1;stroke:#b7791f;stroke-width:2}\
.farc-chart rect.composite.active{fill-opacity:.35}\
.farc-chart rect.region.active{fill-opacity:.35;stroke:none}\
.farc-chart .rule,.farc-chart .line{fill:none;stroke:#486581;stroke-width:1.2}\
.farc-chart .rule{stroke-opacity:.5}\
.farc-chart .dashed{stroke-dasharray:6 4}\
.farc-chart .dot,.farc-chart .head{fill:#486581}\
.farc-chart .ring{fill:#fff;stroke:#486581;stroke-width:1.3}\
@media (prefers-color-scheme:dark){\
.farc-chart text{fill:#bcccdc}\
.farc-chart .name{fill:#f0f4f8}\
.farc-chart .paper{fill:#0d1117}\
.farc-chart .state,.farc-chart .ring{fill:#161b22}\
.farc-chart .state,.farc-chart .composite,.farc-chart .rule,.farc-chart .line,.farc-chart .ring{stroke:#9fb3c8}\
.farc-chart .composite{fill:#9fb3c8;fill-opacity:.07}\
.farc-chart .region{fill:none;stroke:none}\
.farc-chart .dot,.farc-chart .head{fill:#9fb3c8}\
.farc-chart rect.active{fill:#5c4813;stroke:#f0b429}\
}";

const MARKERS: &str = "<defs>\
<marker id=\"farc-head\" viewBox=\"0 0 10 8\" refX=\"9.5\" refY=\"4\" markerWidth=\"9\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L10 4L0 8L2 4Z\"/></marker>\
<marker id=\"farc-tail\" viewBox=\"0 0 10 10\" refX=\"5\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\"><circle class=\"ring\" cx=\"5\" cy=\"5\" r=\"4\"/></marker>\
</defs>";

pub(super) fn draw(outline: &Outline<'_>, lines: &[Line], block: &Block) -> String {
    let mut drawing = Drawing {
        outline,
        lines,
        text: String::new(),
        ways: lines.iter().map(|_| Vec::new()).collect(),
    };
    // Writing to a string cannot fail.
    let _ = drawing.whole(block);
    drawing.text
}

struct Drawing<'d> {
    outline: &'d Outline<'d>,
    lines: &'d [Line],
    text: String,
    /// The pieces of each line, where they are in the drawing; in no order.
    ways: Vec<Vec<Vec<Point>>>,
}

impl Drawing<'_> {
    fn whole(&mut self, block: &Block) -> fmt::Result {
        let (width, height) = (block.width.ceil(), block.height.ceil());
        let name = escaped(&one_line(self.outline.chart.name));
        writeln!(
            self.text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"farc-chart\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
        )?;
        writeln!(self.text, "<title>Statechart of {name}</title>")?;
        writeln!(self.text, "<style>{STYLE}</style>")?;
        writeln!(self.text, "{MARKERS}")?;
        writeln!(
            self.text,
            "<rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"
        )?;
        let corner = Point { x: 0.0, y: 0.0 };
        self.boxes(block, corner)?;
        self.collect(block, corner);
        for line in 0..self.lines.len() {
            self.line(line)?;
        }
        self.marks(block, corner)?;
        writeln!(self.text, "</svg>")
    }

    /// The states of a composite, and what is inside them.
    fn boxes(&mut self, block: &Block, corner: Point) -> fmt::Result {
        for (at, height) in &block.separators {
            let (from, to) = (at.moved(corner), height);
            let (x, y) = (round(from.x), round(from.y));
            writeln!(
                self.text,
                "<path class=\"rule dashed\" d=\"M{x} {y}v{}\"/>",
                round(*to)
            )?;
        }
        for (spot, rect) in &block.spots {
            let Spot::State(state) = spot else { continue };
            let rect = rect.moved(corner);
            self.state(*state, rect)?;
            if let Some(inner) = block.blocks.get(state) {
                self.boxes(inner, rect.at)?;
            }
            writeln!(self.text, "</g>")?;
        }
        Ok(())
    }

    fn state(&mut self, state: usize, rect: Rect) -> fmt::Result {
        let info = self.outline.state(state);
        let is_composite = self.outline.is_composite(state);
        let kind = match (self.outline.is_region(state), is_composite) {
            (true, _) => "region",
            (false, true) => "composite",
            (false, false) => "state",
        };
        let active = if self.outline.active[state] {
            " active"
        } else {
            ""
        };
        let name = escaped(info.name);
        writeln!(self.text, "<g data-state=\"{name}\">")?;
        if !info.doc.is_empty() {
            writeln!(self.text, "<title>{}</title>", escaped(&one_line(info.doc)))?;
        }
        writeln!(
            self.text,
            "<rect class=\"{kind}{active}\" {} rx=\"9\"/>",
            place(rect)
        )?;
        let texts = state_lines(self.outline, state);
        let (x, y) = (rect.at.x + 12.0, rect.at.y);
        let middle = rect.at.x + rect.width / 2.0;
        match is_composite {
            true => self.words("name", "", Point { x, y: y + 20.0 }, info.name)?,
            false => {
                let free = if texts.is_empty() { rect.height } else { 32.0 };
                let at = Point {
                    x: middle,
                    y: y + free / 2.0 + 4.5,
                };
                self.words("name", " text-anchor=\"middle\"", at, info.name)?;
            }
        }
        if !is_composite && !texts.is_empty() {
            let (left, top, width) = (round(rect.at.x), round(y + 30.0), round(rect.width));
            writeln!(
                self.text,
                "<path class=\"rule\" d=\"M{left} {top}h{width}\"/>"
            )?;
        }
        let first = y + if is_composite { 36.0 } else { 46.0 };
        for (number, (line, indented)) in texts.iter().enumerate() {
            let indent = if *indented { INDENT } else { 0.0 };
            let at = Point {
                x: x + indent,
                y: first + number as f64 * LINE,
            };
            self.words("text", "", at, line)?;
        }
        Ok(())
    }

    fn words(&mut self, class: &str, more: &str, at: Point, words: &str) -> fmt::Result {
        let (x, y) = (round(at.x), round(at.y));
        let words = escaped(words);
        writeln!(
            self.text,
            "<text class=\"{class}\"{more} x=\"{x}\" y=\"{y}\">{words}</text>"
        )
    }

    /// The pieces of all lines, where they are in the drawing.
    fn collect(&mut self, block: &Block, corner: Point) {
        for (line, way) in &block.ways {
            let way = way.iter().map(|point| point.moved(corner)).collect();
            self.ways[*line].push(way);
        }
        for (state, inner) in &block.blocks {
            let corner = block.spots[&Spot::State(*state)].at.moved(corner);
            self.collect(inner, corner);
        }
    }

    /// A whole line as one path: its pieces, each from where the last one ended.
    fn line(&mut self, line: usize) -> fmt::Result {
        let mut pieces = std::mem::take(&mut self.ways[line]);
        let Some(first) = first_of(&pieces) else {
            return Ok(());
        };
        let mut way = pieces.swap_remove(first);
        while !pieces.is_empty() {
            let last = way[way.len() - 1];
            let next = (0..pieces.len()).min_by(|a, b| {
                let far = |at: &usize| distance(pieces[*at][0], last);
                far(a).total_cmp(&far(b))
            });
            way.extend(pieces.swap_remove(next.unwrap_or_default()));
        }
        way.dedup();
        self.path(line, &curves(&straightened(way)))
    }

    fn path(&mut self, line: usize, path: &str) -> fmt::Result {
        let tail = match self.lines[line].external {
            true => " marker-start=\"url(#farc-tail)\"",
            false => "",
        };
        let row = match self.lines[line].row {
            Some(row) => format!(" data-row=\"{row}\""),
            None => String::new(),
        };
        writeln!(
            self.text,
            "<path class=\"line\"{row} d=\"{path}\" marker-end=\"url(#farc-head)\"{tail}/>"
        )
    }

    /// Dots, histories, self-transitions and labels: what is drawn last.
    fn marks(&mut self, block: &Block, corner: Point) -> fmt::Result {
        for (spot, rect) in &block.spots {
            self.pseudo(*spot, rect.moved(corner))?;
        }
        for (line, room) in &block.loops {
            let Rect { at, width, height } = room.moved(corner);
            let (x, y, bottom) = (round(at.x), round(at.y), round(at.y + height));
            let (out, far) = (round(at.x + width * 0.9), round(at.x + LOOP));
            let path = format!("M{x} {y}C{far} {y} {out} {bottom} {x} {bottom}");
            self.path(*line, &path)?;
        }
        for (line, at) in &block.labels {
            let at = at.moved(corner);
            for (number, words) in text::label(&self.lines[*line].label).iter().enumerate() {
                let y = at.y + 12.0 + number as f64 * LINE;
                self.words("label", "", Point { y, ..at }, words)?;
            }
        }
        for (state, inner) in &block.blocks {
            let corner = block.spots[&Spot::State(*state)].at.moved(corner);
            self.marks(inner, corner)?;
        }
        Ok(())
    }

    fn pseudo(&mut self, spot: Spot, rect: Rect) -> fmt::Result {
        let half = rect.width / 2.0;
        let (x, y) = (round(rect.at.x + half), round(rect.at.y + half));
        match spot {
            Spot::State(_) => Ok(()),
            Spot::Initial(_) => writeln!(
                self.text,
                "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"{half}\"/>"
            ),
            Spot::Final => {
                writeln!(
                    self.text,
                    "<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"{half}\"/>"
                )?;
                writeln!(
                    self.text,
                    "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>",
                    half - 4.0
                )
            }
            Spot::History(_, depth) => {
                writeln!(
                    self.text,
                    "<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"{half}\"/>"
                )?;
                let at = Point {
                    x: rect.at.x + half,
                    y: rect.at.y + half + 4.0,
                };
                self.words("mark", "", at, depth.mark())
            }
        }
    }
}

/// The piece that does not begin where another one ends.
fn first_of(pieces: &[Vec<Point>]) -> Option<usize> {
    let ends_at = |point: Point, but: usize| {
        let others = pieces.iter().enumerate().filter(|(other, _)| *other != but);
        others.fold(f64::INFINITY, |least, (_, way)| {
            least.min(distance(way[way.len() - 1], point))
        })
    };
    (0..pieces.len())
        .max_by(|a, b| ends_at(pieces[*a][0], *a).total_cmp(&ends_at(pieces[*b][0], *b)))
}

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).abs() + (a.y - b.y).abs()
}

/// Without points in the middle of a straight line.
fn straightened(way: Vec<Point>) -> Vec<Point> {
    let mut straight: Vec<Point> = Vec::with_capacity(way.len());
    for point in way {
        if let [.., before, last] = straight.as_slice()
            && same(before.x, last.x)
            && same(last.x, point.x)
        {
            straight.pop();
        }
        straight.push(point);
    }
    straight
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.1
}

/// Straight lines downwards or upwards, and between them curves that begin and end vertically.
fn curves(way: &[Point]) -> String {
    let mut path = String::new();
    let mut last = None;
    for point in way {
        let (x, y) = (round(point.x), round(point.y));
        // Writing to a string cannot fail.
        let _ = match last {
            None => write!(path, "M{x} {y}"),
            Some(Point { x: before, .. }) if same(before, point.x) => write!(path, "L{x} {y}"),
            Some(before) => {
                let middle = round((before.y + point.y) / 2.0);
                write!(path, "C{} {middle} {x} {middle} {x} {y}", round(before.x))
            }
        };
        last = Some(*point);
    }
    path
}

fn place(rect: Rect) -> String {
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        round(rect.at.x),
        round(rect.at.y),
        round(rect.width),
        round(rect.height)
    )
}

/// To a tenth of a pixel.
fn round(measure: f64) -> f64 {
    let tenth = (measure * 10.0).round() / 10.0;
    // No minus before zero.
    if tenth == 0.0 { 0.0 } else { tenth }
}
