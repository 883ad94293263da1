//! The SVG as a reader sees it: nothing lies on anything else, and nothing comes from outside.

use farc::hsm::chart::Format;

use crate::charts;

#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn overlaps(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn contains(self, (x, y): (f64, f64)) -> bool {
        (self.left + 1.0..self.right - 1.0).contains(&x)
            && (self.top + 1.0..self.bottom - 1.0).contains(&y)
    }
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let after = tag.split_once(&format!(" {name}=\""))?.1;
    Some(after.split_once('"')?.0)
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).unwrap().parse().unwrap()
}

/// The boxes of states without states inside.
fn states(svg: &str) -> Vec<Area> {
    let boxes = svg
        .lines()
        .filter(|line| line.starts_with("<rect class=\"state"));
    let area = |tag: &str| {
        let (left, top) = (number(tag, "x"), number(tag, "y"));
        Area {
            left,
            top,
            right: left + number(tag, "width"),
            bottom: top + number(tag, "height"),
        }
    };
    boxes.map(area).collect()
}

/// The lines of labels.
fn labels(svg: &str) -> Vec<(String, Area)> {
    let texts = svg
        .lines()
        .filter(|line| line.starts_with("<text class=\"label\""));
    let area = |tag: &str| {
        let words = tag.split_once('>').unwrap().1.trim_end_matches("</text>");
        let shown = words.replace("&quot;", "\"").replace("&amp;", "&");
        let shown = shown.replace("&lt;", "<").replace("&gt;", ">");
        let (left, base) = (number(tag, "x"), number(tag, "y"));
        let area = Area {
            left,
            top: base - 9.0,
            right: left + shown.chars().count() as f64 * 6.6,
            bottom: base + 2.0,
        };
        (shown, area)
    };
    texts.map(area).collect()
}

/// Points along a path of `M`, `L` and `C`.
fn along(path: &str) -> Vec<(f64, f64)> {
    let spaced = path.replace(['M', 'L'], " ! ").replace('C', " ? ");
    let mut words = spaced.split_whitespace();
    let mut points: Vec<(f64, f64)> = Vec::new();
    while let Some(command) = words.next() {
        let mut pair = || -> (f64, f64) {
            let mut next = || words.next().unwrap().parse::<f64>().unwrap();
            (next(), next())
        };
        let from = points.last().copied();
        match (command, from) {
            ("!", None) => points.push(pair()),
            ("!", Some(from)) => {
                let to = pair();
                points.extend((1..=20).map(|step| between(from, to, f64::from(step) / 20.0)));
            }
            (_, from) => {
                let (a, b, c, d) = (from.unwrap(), pair(), pair(), pair());
                points.extend((1..=20).map(|step| {
                    let t = f64::from(step) / 20.0;
                    let (ab, bc, cd) = (between(a, b, t), between(b, c, t), between(c, d, t));
                    between(between(ab, bc, t), between(bc, cd, t), t)
                }));
            }
        }
    }
    points
}

fn between(a: (f64, f64), b: (f64, f64), t: f64) -> (f64, f64) {
    (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t)
}

#[test]
fn no_label_lies_on_a_state_or_on_another_label() {
    for chart in charts::all() {
        let svg = chart.export(Format::Svg);
        let (states, labels) = (states(&svg), labels(&svg));
        for (at, (words, label)) in labels.iter().enumerate() {
            for state in &states {
                assert!(!label.overlaps(*state), "{}: {words}", chart.name);
            }
            for (other, area) in &labels[..at] {
                assert!(!label.overlaps(*area), "{}: {words} on {other}", chart.name);
            }
        }
    }
}

#[test]
fn no_line_runs_through_a_state_or_a_label() {
    for chart in charts::all() {
        let svg = chart.export(Format::Svg);
        let (states, labels) = (states(&svg), labels(&svg));
        for tag in svg
            .lines()
            .filter(|line| line.starts_with("<path class=\"line\""))
        {
            let path = attribute(tag, "d").unwrap();
            for point in along(path) {
                let through = states.iter().find(|state| state.contains(point));
                assert!(through.is_none(), "{}: {tag} at {point:?}", chart.name);
                let through = labels.iter().find(|(_, label)| label.contains(point));
                assert!(through.is_none(), "{}: {tag} in {through:?}", chart.name);
            }
        }
    }
}

#[test]
fn a_drawing_needs_nothing_from_outside() {
    for chart in charts::all() {
        let svg = chart.export(Format::Svg);
        let without_namespace = svg.replace("http://www.w3.org/2000/svg", "");
        for word in [
            "<script",
            "http:",
            "https:",
            "@import",
            "@font-face",
            "href",
            "url(h",
            " on",
        ] {
            let found = without_namespace.find(word).filter(|_| word != " on");
            assert_eq!(found, None, "{}: {word}", chart.name);
        }
        assert!(svg.contains("prefers-color-scheme:dark"));
    }
}
