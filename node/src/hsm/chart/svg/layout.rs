//! From the inside out: where everything is in a composite, once it is known how large everything inside is.

use std::collections::BTreeMap;

use super::super::outline::Outline;
use super::lines::{self, At, Line, Piece, Pieces, Spot};
use super::{layers, regions, text};

/// Between the border of a composite and its content.
pub(super) const PAD: f64 = 18.0;
/// Where a line may change its place.
pub(super) const GAP: f64 = 28.0;
/// Between ports at one side.
const PORT: f64 = 16.0;
/// How far the line of a self-transition reaches.
pub(super) const LOOP: f64 = 24.0;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    pub(super) fn moved(self, by: Self) -> Self {
        Self {
            x: self.x + by.x,
            y: self.y + by.y,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rect {
    pub(super) at: Point,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn moved(self, by: Point) -> Self {
        Self {
            at: self.at.moved(by),
            ..self
        }
    }

    pub(super) fn right(self) -> f64 {
        self.at.x + self.width
    }

    pub(super) fn bottom(self) -> f64 {
        self.at.y + self.height
    }
}

/// A composite, or the whole drawing, measured from its own corner.
#[derive(Default)]
pub(super) struct Block {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) spots: BTreeMap<Spot, Rect>,
    /// The composites inside, by state; their place is that of their spot.
    pub(super) blocks: BTreeMap<usize, Block>,
    /// The pieces of lines, from their beginning to their end. The way between two points is straight if it is vertical, and a curve that
    /// begins and ends vertically otherwise.
    pub(super) ways: Vec<(usize, Vec<Point>)>,
    /// Lines of self-transitions: where they leave and come back, on the right of their state.
    pub(super) loops: Vec<(usize, Rect)>,
    /// The upper left corners of labels.
    pub(super) labels: Vec<(usize, Point)>,
    /// Where lines cross the border, by line.
    pub(super) ports: BTreeMap<usize, f64>,
    /// Between regions: from top to bottom.
    pub(super) separators: Vec<(Point, f64)>,
}

impl Block {
    /// Moves the content, not the border.
    pub(super) fn shift(&mut self, by: Point) {
        self.spots
            .values_mut()
            .for_each(|rect| *rect = rect.moved(by));
        let points = self.ways.iter_mut().flat_map(|(_, way)| way);
        points.for_each(|point| *point = point.moved(by));
        self.loops
            .iter_mut()
            .for_each(|(_, rect)| *rect = rect.moved(by));
        let labels = self.labels.iter_mut().map(|(_, point)| point);
        let separators = self.separators.iter_mut().map(|(point, _)| point);
        labels
            .chain(separators)
            .for_each(|point| *point = point.moved(by));
        self.ports.values_mut().for_each(|port| *port += by.x);
    }
}

/// What is known of a composite before its content is placed.
pub(super) struct Inside<'i> {
    pub(super) lines: &'i [Line],
    pub(super) spots: Vec<(Spot, Size)>,
    /// Without self-transitions.
    pub(super) pieces: Vec<Piece>,
    /// The composites inside.
    pub(super) blocks: BTreeMap<usize, Block>,
}

/// How large a box is, and what must be free to the right of it for its self-transitions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) right: f64,
}

/// Places everything.
pub(super) fn lay_out(outline: &Outline<'_>, lines: &[Line]) -> Block {
    let pieces = lines::cut(outline, lines);
    let mut block = scope(outline, lines, &pieces, None);
    let margin = Point { x: PAD, y: PAD };
    block.shift(margin);
    block.width += 2.0 * PAD;
    block.height += 2.0 * PAD;
    block
}

/// A composite without its border and header, or the drawing.
fn scope(outline: &Outline<'_>, lines: &[Line], pieces: &Pieces, of: Option<usize>) -> Block {
    let mine = pieces.get(&of).map(Vec::as_slice).unwrap_or_default();
    let (loops, pieces_between): (Vec<_>, Vec<_>) = mine
        .iter()
        .copied()
        .partition(|piece| piece.from == piece.to);
    let mut blocks = BTreeMap::new();
    let mut spots = pseudo(outline, of);
    for child in outline.children(of) {
        let mut size = match outline.is_composite(*child) {
            true => {
                let inner = composite(outline, lines, pieces, *child);
                let (width, height) = (inner.width, inner.height);
                blocks.insert(*child, inner);
                Size {
                    width,
                    height,
                    right: 0.0,
                }
            }
            false => leaf(outline, *child),
        };
        make_room(&mut size, &loops, Spot::State(*child), lines);
        spots.push((Spot::State(*child), size));
    }
    let inside = Inside {
        lines,
        spots,
        pieces: pieces_between,
        blocks,
    };
    let is_split = of.is_some_and(|state| !outline.state(state).regions.is_empty());
    let mut block = match is_split {
        true => regions::place(inside),
        false => layers::place(inside),
    };
    place_loops(&mut block, &loops, lines);
    block
}

/// A composite with its header: its name and its texts.
fn composite(outline: &Outline<'_>, lines: &[Line], pieces: &Pieces, state: usize) -> Block {
    let mut block = scope(outline, lines, pieces, Some(state));
    let header = header(outline, state);
    let ports_at = |side| {
        let mine = pieces.get(&Some(state)).into_iter().flatten();
        let at = move |piece: &&Piece| piece.from == At::Port(side) || piece.to == At::Port(side);
        mine.filter(at).map(|piece| piece.line).collect::<Vec<_>>()
    };
    let top = ports_at(lines::Side::Top);
    let bottom = ports_at(lines::Side::Bottom);
    // Lines that come in from above pass the header on its right.
    let content = block.height;
    let mut places: Vec<_> = top
        .iter()
        .map(|line| (*line, block.ports[line] + PAD))
        .collect();
    places.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut free = header.width + PORT;
    let mut bent = false;
    for (_, place) in &mut places {
        bent |= *place < free;
        *place = place.max(free);
        free = *place + PORT;
    }
    let gap = if bent { GAP } else { 0.0 };
    block.shift(Point {
        x: PAD,
        y: header.height + gap,
    });
    for (line, place) in places {
        let begin = [
            Point { x: place, y: 0.0 },
            Point {
                x: place,
                y: header.height,
            },
        ];
        extend(&mut block, line, pieces, state, &begin);
        block.ports.insert(line, place);
    }
    block.height = content + header.height + gap + PAD;
    for line in bottom {
        let end = Point {
            x: block.ports[&line],
            y: block.height,
        };
        extend(&mut block, line, pieces, state, &[end]);
    }
    block.width = (block.width + 2.0 * PAD)
        .max(header.width + PAD)
        .max(free - PORT + PAD);
    block
}

/// Lengthens the piece of a line to the border that it crosses; `ends` go from the border inwards.
fn extend(block: &mut Block, line: usize, pieces: &Pieces, state: usize, ends: &[Point]) {
    let mut mine = pieces.get(&Some(state)).into_iter().flatten();
    let begins = mine.any(|piece| piece.line == line && matches!(piece.from, At::Port(_)));
    for (_, way) in block.ways.iter_mut().filter(|(other, _)| *other == line) {
        if begins {
            way.splice(0..0, ends.iter().copied());
        } else {
            way.extend(ends.iter().rev().copied());
        }
    }
}

fn widest(texts: &[(String, bool)]) -> f64 {
    let widths = texts.iter().map(|(line, indented)| match indented {
        true => text::code(line) + INDENT,
        false => text::code(line),
    });
    widths.fold(0.0, f64::max)
}

/// The room for the name and the texts of a composite.
fn header(outline: &Outline<'_>, state: usize) -> Size {
    let texts = state_lines(outline, state);
    let widest = widest(&texts);
    let name = text::name(outline.state(state).name);
    Size {
        width: PAD + name.max(widest),
        height: 26.0 + texts.len() as f64 * text::LINE + 10.0,
        right: 0.0,
    }
}

fn leaf(outline: &Outline<'_>, state: usize) -> Size {
    let texts = state_lines(outline, state);
    let widest = widest(&texts);
    let name = text::name(outline.state(state).name);
    let texts_height = match texts.len() {
        0 => 0.0,
        count => count as f64 * text::LINE + 10.0,
    };
    Size {
        width: (name.max(widest) + 24.0).max(64.0),
        height: 32.0 + texts_height,
        right: 0.0,
    }
}

/// What a line of text that goes on with the one before is indented by.
pub(super) const INDENT: f64 = 14.0;

/// The lines of text below the name of a state, and whether they go on with the line before.
pub(super) fn state_lines(outline: &Outline<'_>, state: usize) -> Vec<(String, bool)> {
    let texts = outline.texts(state);
    texts.iter().flat_map(|text| text::in_state(text)).collect()
}

/// The spots of a composite that are no states.
fn pseudo(outline: &Outline<'_>, of: Option<usize>) -> Vec<(Spot, Size)> {
    let square = |width| Size {
        width,
        height: width,
        right: 0.0,
    };
    let initial = outline
        .initial(of)
        .map(|_| (Spot::Initial(of), square(12.0)));
    let finish = (of.is_none() && outline.has_final()).then(|| (Spot::Final, square(18.0)));
    let histories = of.into_iter().flat_map(|composite| {
        let depths = outline.histories(composite);
        depths.map(move |depth| (Spot::History(composite, depth), square(26.0)))
    });
    initial.into_iter().chain(histories).chain(finish).collect()
}

/// The width and height of a label.
pub(super) fn label_size(line: &Line) -> (f64, f64) {
    let lines = text::label(&line.label);
    let widest = lines
        .iter()
        .map(|line| text::code(line))
        .fold(0.0, f64::max);
    (widest, lines.len() as f64 * text::LINE)
}

fn make_room(size: &mut Size, loops: &[Piece], spot: Spot, lines: &[Line]) {
    let mine = loops.iter().filter(|piece| piece.from == At::Spot(spot));
    let labels = mine.map(|piece| label_size(&lines[piece.line]));
    let (mut width, mut height) = (0.0_f64, 8.0);
    for (label_width, label_height) in labels {
        width = width.max(LOOP + 8.0 + label_width);
        height += label_height.max(LOOP) + 8.0;
    }
    size.right = width;
    if width > 0.0 {
        size.height = size.height.max(height);
    }
}

fn place_loops(block: &mut Block, loops: &[Piece], lines: &[Line]) {
    let mut used: BTreeMap<Spot, f64> = BTreeMap::new();
    for piece in loops {
        let At::Spot(spot) = piece.from else { continue };
        let rect = block.spots[&spot];
        let (_, height) = label_size(&lines[piece.line]);
        let mine = loops.iter().filter(|other| other.from == piece.from);
        let all: f64 = mine
            .map(|piece| label_size(&lines[piece.line]).1.max(LOOP) + 8.0)
            .sum();
        let above = used.entry(spot).or_insert((rect.height - all) / 2.0 + 4.0);
        let middle = rect.at.y + *above + height.max(LOOP) / 2.0;
        *above += height.max(LOOP) + 8.0;
        let at = Point {
            x: rect.right(),
            y: middle - LOOP / 3.0,
        };
        let room = Rect {
            at,
            width: LOOP,
            height: LOOP / 1.5,
        };
        block.loops.push((piece.line, room));
        let label = Point {
            x: rect.right() + LOOP + 4.0,
            y: middle - height / 2.0,
        };
        block.labels.push((piece.line, label));
    }
}
