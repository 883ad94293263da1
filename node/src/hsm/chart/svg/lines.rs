//! The lines of a drawing, and the pieces that the borders of composites cut them into.

use std::collections::BTreeMap;

use super::super::outline::{Depth, End, Outline};
use crate::hsm::TransitionKind;

/// Something that a line can begin or end at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Spot {
    /// The dot from which the initial transition of a composite, or of the chart, begins.
    Initial(Option<usize>),
    State(usize),
    History(usize, Depth),
    Final,
}

/// A whole line.
pub(super) struct Line {
    pub(super) from: Spot,
    pub(super) to: Spot,
    pub(super) label: String,
    pub(super) external: bool,
    /// The row of the chart's transitions, if it is one.
    pub(super) row: Option<usize>,
}

/// Where a piece of a line ends, within one composite.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum At {
    Spot(Spot),
    /// The border of the composite.
    Port(Side),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Side {
    Top,
    Bottom,
}

/// The part of a line that lies directly in one composite, or directly in the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) line: usize,
    pub(super) from: At,
    pub(super) to: At,
    /// Whether the line's label is here.
    pub(super) labelled: bool,
    /// Whether it leads to a lower layer, and not to a higher one.
    pub(super) down: bool,
}

/// All lines: initial transitions, defaults of histories, transitions.
pub(super) fn lines(outline: &Outline<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut plain = |from, to, label: &str| {
        lines.push(Line {
            from,
            to,
            label: label.to_owned(),
            external: false,
            row: None,
        });
    };
    let scopes = (0..outline.chart.states.len()).map(Some);
    for of in std::iter::once(None).chain(scopes) {
        if let Some(target) = outline.initial(of) {
            plain(
                Spot::Initial(of),
                Spot::State(target),
                outline.initial_label(of),
            );
        }
        let Some(composite) = of else { continue };
        if let Some(default) = outline.history_default(composite) {
            for depth in outline.histories(composite) {
                plain(Spot::History(composite, depth), Spot::State(default), "");
            }
        }
    }
    lines.extend(outline.arrows.iter().map(|arrow| Line {
        from: Spot::State(arrow.source),
        to: match arrow.end {
            End::State(target) => Spot::State(target),
            End::History(composite, depth) => Spot::History(composite, depth),
            End::Final => Spot::Final,
        },
        label: arrow.label.clone(),
        external: arrow.kind == TransitionKind::Reenter,
        row: Some(arrow.row),
    }));
    lines
}

/// The pieces by composite.
pub(super) type Pieces = BTreeMap<Option<usize>, Vec<Piece>>;

/// Cuts the lines. In each composite it is decided which of the lines between its own spots lead down; a line that leads down leaves all
/// composites around its beginning at their bottoms, and enters those around its end at their tops.
pub(super) fn cut(outline: &Outline<'_>, lines: &[Line]) -> Pieces {
    let mut pieces = Pieces::new();
    for (line, ends) in lines.iter().enumerate() {
        let scope = meeting(outline, ends.from, ends.to);
        pieces
            .entry(scope)
            .or_default()
            .push(main_piece(outline, scope, line, ends));
    }
    let mut crossing = Vec::new();
    for (scope, main) in &mut pieces {
        let directions = directions(outline, *scope, main);
        for (piece, down) in main.iter_mut().zip(directions) {
            piece.down = down;
            let part = Piece {
                labelled: false,
                ..*piece
            };
            let Line { from, to, .. } = lines[piece.line];
            let (leave, enter) = match down {
                true => (Side::Bottom, Side::Top),
                false => (Side::Top, Side::Bottom),
            };
            if let At::Spot(_) = piece.from {
                for inner in scopes(outline, from).take_while(|inner| inner != scope) {
                    let from = At::Spot(lifted(outline, from, inner));
                    let to = At::Port(leave);
                    crossing.push((inner, Piece { from, to, ..part }));
                }
            }
            if let At::Spot(_) = piece.to {
                for inner in scopes(outline, to).take_while(|inner| inner != scope) {
                    let from = At::Port(enter);
                    let to = At::Spot(lifted(outline, to, inner));
                    crossing.push((inner, Piece { from, to, ..part }));
                }
            }
        }
    }
    for (scope, piece) in crossing {
        pieces.entry(scope).or_default().push(piece);
    }
    pieces
}

fn main_piece(outline: &Outline<'_>, scope: Option<usize>, line: usize, ends: &Line) -> Piece {
    let own =
        |spot: Spot| matches!((spot, scope), (Spot::State(state), Some(scope)) if state == scope);
    // What leads from a composite to its inside comes from its top, and what leads back goes to its bottom.
    let from = match own(ends.from) {
        true => At::Port(Side::Top),
        false => At::Spot(lifted(outline, ends.from, scope)),
    };
    let to = match own(ends.to) {
        true => At::Port(Side::Bottom),
        false => At::Spot(lifted(outline, ends.to, scope)),
    };
    Piece {
        line,
        from,
        to,
        labelled: true,
        down: true,
    }
}

/// The composites around a spot, the innermost first, and then the drawing itself.
fn scopes(outline: &Outline<'_>, spot: Spot) -> impl Iterator<Item = Option<usize>> {
    let first = match spot {
        Spot::State(state) => outline.state(state).parent,
        Spot::Initial(of) => of,
        Spot::History(composite, _) => Some(composite),
        Spot::Final => None,
    };
    let around: Vec<_> = first
        .map(|first| outline.path(first).map(Some).collect())
        .unwrap_or_default();
    around.into_iter().chain([None])
}

/// The innermost composite that both ends are in; for an end that encloses the other, that end itself.
fn meeting(outline: &Outline<'_>, from: Spot, to: Spot) -> Option<usize> {
    for (outer, inner) in [(from, to), (to, from)] {
        if let Spot::State(state) = outer
            && from != to
            && scopes(outline, inner).any(|scope| scope == Some(state))
        {
            return Some(state);
        }
    }
    let around_to: Vec<_> = scopes(outline, to).collect();
    scopes(outline, from)
        .find(|scope| around_to.contains(scope))
        .flatten()
}

/// What represents the spot directly inside `scope`: itself, or the composite that it is in.
fn lifted(outline: &Outline<'_>, spot: Spot, scope: Option<usize>) -> Spot {
    let mut lifted = spot;
    let around = scopes(outline, spot).take_while(|around| *around != scope);
    for state in around.flatten() {
        lifted = Spot::State(state);
    }
    lifted
}

/// For each piece whether it leads down. Those that would close a circle lead up; what the initial transition leads to is above the rest.
fn directions(outline: &Outline<'_>, scope: Option<usize>, pieces: &[Piece]) -> Vec<bool> {
    let mut search = Search {
        pieces,
        down: vec![true; pieces.len()],
        seen: BTreeMap::new(),
    };
    search.visit(Spot::Initial(scope));
    if let Some(composite) = scope {
        for depth in outline.histories(composite) {
            search.visit(Spot::History(composite, depth));
        }
    }
    for child in outline.children(scope) {
        search.visit(Spot::State(*child));
    }
    for piece in pieces {
        if let At::Spot(spot) = piece.from {
            search.visit(spot);
        }
    }
    search.down
}

struct Search<'p> {
    pieces: &'p [Piece],
    down: Vec<bool>,
    /// `true` while the search is below the spot.
    seen: BTreeMap<Spot, bool>,
}

impl Search<'_> {
    /// As deep as there are states in one composite, so at most 255 calls.
    fn visit(&mut self, spot: Spot) {
        if self.seen.contains_key(&spot) {
            return;
        }
        self.seen.insert(spot, true);
        for (at, piece) in self.pieces.iter().enumerate() {
            let At::Spot(to) = piece.to else { continue };
            if piece.from != At::Spot(spot) {
                continue;
            }
            match self.seen.get(&to) {
                Some(true) => self.down[at] = false,
                Some(false) => {}
                None => self.visit(to),
            }
        }
        self.seen.insert(spot, false);
    }
}
