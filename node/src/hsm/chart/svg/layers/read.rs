//! What `dagre` placed, as a block: boxes, the ways of lines, ports.

use std::collections::BTreeMap;

use dagre::EdgeLabel;

use super::{Down, HEAD, LINES, Layers, id};
use crate::hsm::chart::svg::layout::{Block, GAP, Inside, Point, Rect, label_size};
use crate::hsm::chart::svg::lines::{At, Side, Spot};

/// Reads the block from a graph that has been laid out.
pub(super) fn read(graph: Layers, inside: Inside<'_>, down: Vec<Down>) -> Block {
    let mut reader = Reader {
        bands: bands(&graph, &inside),
        graph,
        inside,
        down,
        block: Block::default(),
    };
    reader.spots();
    reader.ways();
    reader.finish()
}

/// The layers as `(middle, half of the height)`.
fn bands(graph: &Layers, inside: &Inside<'_>) -> Vec<(f64, f64)> {
    let mut bands: Vec<(f64, f64)> = Vec::new();
    let mut add = |middle: f64, half: f64| {
        let known = bands
            .iter_mut()
            .find(|(other, _)| (other - middle).abs() < 0.5);
        match known {
            Some((_, height)) => *height = height.max(half),
            None => bands.push((middle, half)),
        }
    };
    for (spot, size) in &inside.spots {
        let node = graph.node(&id(At::Spot(*spot), 0));
        if let Some(y) = node.and_then(|node| node.y) {
            add(y, size.height / 2.0 + HEAD);
        }
    }
    for edge in graph.edges() {
        if let Some(label) = graph.edge_by_obj(&edge)
            && let Some(y) = label.y
        {
            add(y, label.height / 2.0);
        }
    }
    bands
}

struct Reader<'i> {
    graph: Layers,
    inside: Inside<'i>,
    down: Vec<Down>,
    bands: Vec<(f64, f64)>,
    block: Block,
}

impl Reader<'_> {
    fn spots(&mut self) {
        for (spot, size) in &self.inside.spots {
            let node = self.graph.node(&id(At::Spot(*spot), 0));
            let (x, y) = node.map_or((0.0, 0.0), |node| {
                (node.x.unwrap_or_default(), node.y.unwrap_or_default())
            });
            let at = Point {
                x: x - (size.width + size.right) / 2.0,
                y: y - size.height / 2.0,
            };
            let rect = Rect {
                at,
                width: size.width,
                height: size.height,
            };
            self.block.spots.insert(*spot, rect);
        }
    }

    fn ways(&mut self) {
        let middles: Vec<_> = self.down.iter().map(|one| self.middle(one)).collect();
        let upper = self.attach(&middles, |one| one.upper, Side::Bottom);
        let lower = self.attach(&middles, |one| one.lower, Side::Top);
        for (at, middle) in middles.iter().enumerate() {
            let one = &self.down[at];
            let mut way = self.end(one.upper, upper[at], Side::Bottom);
            for point in middle {
                let half = self.half(point.y);
                way.push(Point {
                    y: point.y - half,
                    ..*point
                });
                way.push(Point {
                    y: point.y + half,
                    ..*point
                });
            }
            way.extend(self.end(one.lower, lower[at], Side::Top).into_iter().rev());
            way.dedup();
            self.block.ports.extend(port(one, upper[at], lower[at]));
            if !one.piece.down {
                way.reverse();
            }
            if let Some(label) = self.label(one) {
                self.block.labels.push((one.piece.line, label));
            }
            self.block.ways.push((one.piece.line, way));
        }
    }

    /// The way of a piece through the layers between its ends.
    fn middle(&self, one: &Down) -> Vec<Point> {
        let points = self.edge(one).map(|edge| edge.points.as_slice());
        let points = points.unwrap_or_default();
        let between = points.get(1..points.len().saturating_sub(1));
        let between = between.unwrap_or_default().iter();
        between
            .map(|point| Point {
                x: point.x,
                y: point.y,
            })
            .collect()
    }

    fn edge(&self, one: &Down) -> Option<&EdgeLabel> {
        let line = one.piece.line;
        let (upper, lower) = (id(one.upper, line), id(one.lower, line));
        self.graph.edge(&upper, &lower, Some(&line.to_string()))
    }

    fn label(&self, one: &Down) -> Option<Point> {
        let edge = self.edge(one)?;
        if edge.height == 0.0 {
            return None;
        }
        let (width, height) = label_size(&self.inside.lines[one.piece.line]);
        Some(Point {
            x: edge.x? - width / 2.0,
            y: edge.y? - height / 2.0,
        })
    }

    fn half(&self, y: f64) -> f64 {
        let band = self
            .bands
            .iter()
            .find(|(middle, _)| (middle - y).abs() < 0.5);
        band.map_or(0.0, |(_, half)| *half)
    }

    /// Where each piece touches its spot on this side: below the next point of its way if it can, and apart from the others.
    fn attach(&self, middles: &[Vec<Point>], end: impl Fn(&Down) -> At, side: Side) -> Vec<f64> {
        let mut by_spot: BTreeMap<At, Vec<(usize, f64)>> = BTreeMap::new();
        let mut places = vec![0.0; self.down.len()];
        for (at, one) in self.down.iter().enumerate() {
            let next = match side {
                Side::Bottom => middles[at].first(),
                Side::Top => middles[at].last(),
            };
            let next = next.map_or(0.0, |point| point.x);
            match end(one) {
                At::Port(_) => {
                    let node = self.graph.node(&id(end(one), one.piece.line));
                    places[at] = node.and_then(|node| node.x).unwrap_or(next);
                }
                At::Spot(spot) => match self.port_of(spot, one.piece.line) {
                    Some(place) => places[at] = place,
                    None => by_spot.entry(At::Spot(spot)).or_default().push((at, next)),
                },
            }
        }
        for (spot, mut ends) in by_spot {
            let At::Spot(spot) = spot else { continue };
            ends.sort_by(|a, b| a.1.total_cmp(&b.1));
            let rect = self.block.spots[&spot];
            spread(rect, &mut ends);
            let ports = self.ports(spot);
            for (at, place) in ends {
                places[at] = beside(rect, &ports, place);
            }
        }
        places
    }

    /// Where the line crosses the border of the composite at `spot`, if it does.
    fn port_of(&self, spot: Spot, line: usize) -> Option<f64> {
        let Spot::State(state) = spot else {
            return None;
        };
        let port = self.inside.blocks.get(&state)?.ports.get(&line)?;
        Some(self.block.spots[&spot].at.x + port)
    }

    /// All places where lines cross the border of the composite at `spot`.
    fn ports(&self, spot: Spot) -> Vec<f64> {
        let Spot::State(state) = spot else {
            return Vec::new();
        };
        let left = self.block.spots[&spot].at.x;
        let ports = self
            .inside
            .blocks
            .get(&state)
            .map(|inner| inner.ports.values());
        ports
            .into_iter()
            .flatten()
            .map(|port| left + port)
            .collect()
    }

    /// From the border of the spot to that of its layer.
    fn end(&self, at: At, x: f64, side: Side) -> Vec<Point> {
        let At::Spot(spot) = at else {
            return Vec::new();
        };
        let rect = self.block.spots[&spot];
        let middle = rect.at.y + rect.height / 2.0;
        let half = self.half(middle);
        let (border, layer) = match side {
            Side::Bottom => (rect.bottom(), middle + half),
            Side::Top => (rect.at.y, middle - half),
        };
        vec![Point { x, y: border }, Point { x, y: layer }]
    }

    /// Moves everything to the corner, and ends the pieces with ports at the upper and lower edge.
    fn finish(mut self) -> Block {
        let extent = self.extent();
        for (line, way) in &mut self.block.ways {
            let Some(one) = self.down.iter().find(|one| one.piece.line == *line) else {
                continue;
            };
            let Some(x) = self.block.ports.get(line).copied() else {
                continue;
            };
            let upper = one.upper == At::Port(Side::Top);
            let y = if upper { extent.at.y } else { extent.bottom() };
            way.retain(|point| (extent.at.y..=extent.bottom()).contains(&point.y));
            if upper == one.piece.down {
                way.insert(0, Point { x, y });
            } else {
                way.push(Point { x, y });
            }
        }
        let Self {
            mut block, inside, ..
        } = self;
        (block.width, block.height) = (extent.width, extent.height);
        block.blocks = inside.blocks;
        block.shift(Point {
            x: -extent.at.x,
            y: -extent.at.y,
        });
        block
    }

    /// The room that everything takes; above and below there is a gap if lines go on there.
    fn extent(&self) -> Rect {
        let Self { block, inside, .. } = self;
        let boxes = inside.spots.iter().map(|(spot, size)| {
            let rect = block.spots[spot];
            Rect {
                width: rect.width + size.right,
                ..rect
            }
        });
        let labels = block.labels.iter().map(|(line, at)| {
            let (width, height) = label_size(&inside.lines[*line]);
            Rect {
                at: *at,
                width,
                height,
            }
        });
        let rects: Vec<_> = boxes.chain(labels).collect();
        let points = block.ways.iter().flat_map(|(_, way)| way);
        let lines: Vec<_> = points
            .map(|point| point.x)
            .chain(block.ports.values().copied())
            .collect();
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
        let left = least(&mut rects.iter().map(|rect| rect.at.x).chain(lines.clone()));
        let right = most(&mut rects.iter().map(|rect| rect.right()).chain(lines));
        let top = least(&mut rects.iter().map(|rect| rect.at.y)) - self.gap(Side::Top);
        let bottom = most(&mut rects.iter().map(|rect| rect.bottom())) + self.gap(Side::Bottom);
        Rect {
            at: Point { x: left, y: top },
            width: right - left,
            height: bottom - top,
        }
    }

    fn gap(&self, side: Side) -> f64 {
        let port = At::Port(side);
        let used = |one: &Down| one.upper == port || one.lower == port;
        match self.down.iter().any(used) {
            true => GAP,
            false => 0.0,
        }
    }
}

/// The place of the port of a piece, if it has one.
fn port(one: &Down, upper: f64, lower: f64) -> Option<(usize, f64)> {
    match (one.upper, one.lower) {
        (At::Port(_), _) => Some((one.piece.line, upper)),
        (_, At::Port(_)) => Some((one.piece.line, lower)),
        _ => None,
    }
}

/// Spreads the ends of lines over the side of a box, in their order.
fn spread(rect: Rect, ends: &mut [(usize, f64)]) {
    let inset = (rect.width / 2.0).min(10.0);
    let (left, right) = (rect.at.x + inset, rect.right() - inset);
    let apart = match ends.len() {
        0 | 1 => 0.0,
        count => ((right - left) / (count - 1) as f64).min(LINES),
    };
    let mut least = left;
    for (_, place) in ends.iter_mut() {
        *place = place.clamp(least.min(right), right);
        least = *place + apart;
    }
    let mut most = right;
    for (_, place) in ends.iter_mut().rev() {
        *place = place.min(most);
        most = *place - apart;
    }
}

/// The place, or one close to it that no port is at: an arrow that ends there must not look as if it went on.
fn beside(rect: Rect, ports: &[f64], place: f64) -> f64 {
    let steps = (0..8).flat_map(|step| [f64::from(step), -f64::from(step)]);
    let places = steps.map(|step| place + step * LINES / 2.0);
    let mut free = places.filter(|place| {
        let inside = (rect.at.x + 9.0..=rect.right() - 9.0).contains(place);
        inside
            && ports
                .iter()
                .all(|port| (port - place).abs() >= LINES / 2.0 - 1.0)
    });
    free.next().unwrap_or(place)
}
