//! The inside of a composite without regions: layers, by `dagre`.

mod read;

use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel};

use super::layout::{Block, GAP, Inside, label_size};
use super::lines::{At, Piece, Side, Spot};

/// Between boxes, and between lines, of one layer.
const NODES: f64 = 34.0;
const LINES: f64 = 22.0;
/// Between a line and its label.
const LABEL: f64 = 5.0;

/// How far a line is straight before it ends in a box, for its arrowhead.
const HEAD: f64 = 9.0;

/// The layer above, and that below, all others; ports are next to them.
const ABOVE: &str = "above";
const BELOW: &str = "below";

type Layers = Graph<NodeLabel, EdgeLabel>;

/// Lays out the spots and the pieces between them.
pub(super) fn place(inside: Inside<'_>) -> Block {
    let mut graph = Layers::with_options(GraphOptions {
        directed: true,
        multigraph: true,
        compound: false,
    });
    let down = downwards(&inside);
    add_spots(&mut graph, &inside);
    add_pieces(&mut graph, &inside, &down);
    hold_ports(&mut graph, &inside, &down);
    let options = LayoutOptions {
        nodesep: NODES,
        edgesep: LINES,
        ranksep: 2.0 * GAP,
        ..LayoutOptions::default()
    };
    dagre::layout(&mut graph, Some(options));
    read::read(graph, inside, down)
}

/// A piece with its ends from the upper to the lower.
struct Down {
    piece: Piece,
    upper: At,
    lower: At,
}

/// Each piece as one that leads down: the graph has no circles.
fn downwards(inside: &Inside<'_>) -> Vec<Down> {
    let downwards = inside.pieces.iter().map(|piece| {
        let (upper, lower) = match piece.down {
            true => (piece.from, piece.to),
            false => (piece.to, piece.from),
        };
        Down {
            piece: *piece,
            upper,
            lower,
        }
    });
    downwards.collect()
}

fn add_spots(graph: &mut Layers, inside: &Inside<'_>) {
    for (spot, size) in &inside.spots {
        let node = NodeLabel {
            width: size.width + size.right,
            height: size.height,
            ..NodeLabel::default()
        };
        graph.set_node(id(At::Spot(*spot), 0), Some(node));
    }
}

fn add_pieces(graph: &mut Layers, inside: &Inside<'_>, down: &[Down]) {
    for one in down {
        let line = one.piece.line;
        for end in [one.upper, one.lower] {
            if let At::Port(_) = end {
                graph.set_node(id(end, line), Some(NodeLabel::default()));
            }
        }
        let mut edge = EdgeLabel {
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        if one.piece.labelled && !inside.lines[line].label.is_empty() {
            let (width, height) = label_size(&inside.lines[line]);
            (edge.width, edge.height) = (width, height + 4.0);
            (edge.labelpos, edge.label_offset) = (LabelPos::Right, LABEL);
        }
        let (upper, lower) = (id(one.upper, line), id(one.lower, line));
        graph.set_edge(upper, lower, Some(edge), Some(&line.to_string()));
    }
}

/// Keeps ports above, or below, all spots: every spot that nothing holds there already hangs from the uppermost layer.
fn hold_ports(graph: &mut Layers, inside: &Inside<'_>, down: &[Down]) {
    for (outer, side) in [(ABOVE, Side::Top), (BELOW, Side::Bottom)] {
        let is_port = |one: &&Down| one.upper == At::Port(side) || one.lower == At::Port(side);
        let ports: Vec<_> = down.iter().filter(is_port).collect();
        if ports.is_empty() {
            continue;
        }
        graph.set_node(outer, Some(NodeLabel::default()));
        for port in ports {
            hold(
                graph,
                outer,
                side,
                id(At::Port(side), port.piece.line),
                1,
                8,
            );
        }
        for (spot, _) in &inside.spots {
            let spot = At::Spot(*spot);
            let held = down.iter().any(|one| match side {
                Side::Top => one.lower == spot && matches!(one.upper, At::Spot(_)),
                Side::Bottom => one.upper == spot && matches!(one.lower, At::Spot(_)),
            });
            if !held {
                hold(graph, outer, side, id(spot, 0), 2, 0);
            }
        }
    }
}

fn hold(graph: &mut Layers, outer: &str, side: Side, inner: String, minlen: i32, weight: i32) {
    let edge = EdgeLabel {
        minlen,
        weight,
        ..EdgeLabel::default()
    };
    match side {
        Side::Top => graph.set_edge(outer, inner, Some(edge), None),
        Side::Bottom => graph.set_edge(inner, outer, Some(edge), None),
    };
}
/// Names that sort as the spots and lines do.
fn id(at: At, line: usize) -> String {
    match at {
        At::Spot(Spot::State(state)) => format!("state {state}"),
        At::Spot(Spot::Initial(_)) => "initial".to_owned(),
        At::Spot(Spot::History(_, depth)) => depth.id().to_owned(),
        At::Spot(Spot::Final) => "final".to_owned(),
        At::Port(_) => format!("port {line}"),
    }
}
