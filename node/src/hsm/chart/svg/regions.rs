//! The inside of a composite with regions: one beside the other, in the order of their activity.

use super::layout::{Block, GAP, Inside, PAD, Point, Rect, label_size};
use super::lines::{At, Side, Spot};

/// Lays out the regions, with what else the composite has in a row above them.
pub(super) fn place(inside: Inside<'_>) -> Block {
    let mut block = Block::default();
    let above = row(&mut block, &inside);
    let room_above = labels(&inside, Side::Top);
    let top = above + room_above;
    let height = columns(&mut block, &inside, top);
    let bottom = top + height + labels(&inside, Side::Bottom);
    ways(&mut block, &inside, above, top, bottom);
    block.height = bottom;
    block.blocks = inside.blocks;
    for inner in block.blocks.values_mut() {
        // All regions are as high as the highest; their lower ports go down with the border.
        let lower = inner.height;
        inner.height = height;
        for (_, way) in &mut inner.ways {
            let ends = way.iter_mut().filter(|point| point.y >= lower - 0.01);
            ends.for_each(|point| point.y = height);
        }
    }
    block
}

/// The histories. Returns how much height they take.
fn row(block: &mut Block, inside: &Inside<'_>) -> f64 {
    let mut x = 0.0;
    let mut height = 0.0_f64;
    for (spot, size) in &inside.spots {
        if let Spot::State(_) = spot {
            continue;
        }
        let rect = Rect {
            at: Point { x, y: 0.0 },
            width: size.width,
            height: size.height,
        };
        block.spots.insert(*spot, rect);
        x += size.width + PAD;
        height = height.max(size.height + GAP);
    }
    block.width = x;
    height
}

/// How much height the labels between the composite and its regions take, on one side.
fn labels(inside: &Inside<'_>, side: Side) -> f64 {
    let mine = inside.pieces.iter().filter(|piece| {
        piece.labelled && (piece.from == At::Port(side) || piece.to == At::Port(side))
    });
    let height = mine.map(|piece| label_size(&inside.lines[piece.line]).1 + 6.0);
    height.sum()
}

fn columns(block: &mut Block, inside: &Inside<'_>, top: f64) -> f64 {
    let states = || {
        let states = inside.spots.iter();
        states.filter(|(spot, _)| matches!(spot, Spot::State(_)))
    };
    let height = states().map(|(_, size)| size.height).fold(0.0, f64::max);
    let mut x = 0.0;
    for (number, (spot, size)) in states().enumerate() {
        if number > 0 {
            let at = Point {
                x: x + PAD / 2.0,
                y: top,
            };
            block.separators.push((at, height));
            x += PAD;
        }
        let rect = Rect {
            at: Point { x, y: top },
            width: size.width,
            height,
        };
        block.spots.insert(*spot, rect);
        x += size.width + size.right;
    }
    block.width = block.width.max(x);
    height
}

/// Ports are straight above and below what they lead to; histories lead down in a curve.
fn ways(block: &mut Block, inside: &Inside<'_>, above: f64, top: f64, bottom: f64) {
    let (mut next_above, mut next_below) = (above, bottom);
    for piece in &inside.pieces {
        let place = |at: At| place_of(block, inside, at, piece.line);
        let (from, to) = (place(piece.from), place(piece.to));
        let x = from.or(to).unwrap_or_default();
        let (from_x, to_x) = (from.unwrap_or(x), to.unwrap_or(x));
        let begin = Point {
            x: from_x,
            y: edge(block, piece.from, piece.to, bottom),
        };
        let end = Point {
            x: to_x,
            y: edge(block, piece.to, piece.from, bottom),
        };
        let mut way = vec![begin];
        if from_x != to_x && begin.y < end.y {
            way.push(Point {
                x: to_x,
                y: (begin.y + GAP).min(end.y),
            });
        }
        way.push(end);
        let port = [piece.from, piece.to].into_iter().find_map(|at| match at {
            At::Port(side) => Some(side),
            At::Spot(_) => None,
        });
        if let Some(side) = port {
            block.ports.insert(piece.line, x);
            if piece.labelled {
                let (width, height) = label_size(&inside.lines[piece.line]);
                let y = match side {
                    Side::Top => next_above,
                    Side::Bottom => next_below - height - 6.0,
                };
                block.labels.push((
                    piece.line,
                    Point {
                        x: x + 5.0,
                        y: y + 3.0,
                    },
                ));
                block.width = block.width.max(x + 5.0 + width);
                match side {
                    Side::Top => next_above = (next_above + height + 6.0).min(top),
                    Side::Bottom => next_below = y,
                }
            }
        }
        block.ways.push((piece.line, way));
    }
}

fn place_of(block: &Block, inside: &Inside<'_>, at: At, line: usize) -> Option<f64> {
    let At::Spot(spot) = at else { return None };
    let rect = block.spots[&spot];
    let inner = match spot {
        Spot::State(state) => inside.blocks.get(&state),
        Spot::Initial(_) | Spot::History(..) | Spot::Final => None,
    };
    let port = inner.and_then(|inner| inner.ports.get(&line));
    Some(rect.at.x + port.copied().unwrap_or(rect.width / 2.0))
}

/// The height at which a piece begins or ends at `at`, coming from or going to `other`.
fn edge(block: &Block, at: At, other: At, bottom: f64) -> f64 {
    match (at, other) {
        (At::Port(Side::Top), _) => 0.0,
        (At::Port(Side::Bottom), _) => bottom,
        (At::Spot(spot @ Spot::State(_)), At::Port(Side::Bottom)) => block.spots[&spot].bottom(),
        (At::Spot(spot @ Spot::State(_)), _) => block.spots[&spot].at.y,
        (At::Spot(spot), At::Port(Side::Top)) => block.spots[&spot].at.y,
        (At::Spot(spot), _) => block.spots[&spot].bottom(),
    }
}
