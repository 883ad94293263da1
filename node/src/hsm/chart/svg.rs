//! A chart as a drawing of its own.
//!
//! The drawing is made from the inside out. The states directly inside a composite are laid out in layers by `dagre`, which knows nothing of
//! nesting; the composite is then one box for the layout around it. A line that crosses the border of a composite is cut there: it has a
//! *port* at the top or the bottom of that composite, and the pieces on both sides are laid out on their own. Between two layers there is
//! a gap that only lines use, and a line changes its place only in gaps; so no line crosses a box or a text that is not its own.
//!
//! Widths of texts are estimated for wide fonts, since the reader's font is not known: a narrower one leaves some space.

mod draw;
mod layers;
mod layout;
mod lines;
mod regions;
mod text;

use super::outline::Outline;

pub(super) fn write(outline: &Outline<'_>) -> String {
    let lines = lines::lines(outline);
    let block = layout::lay_out(outline, &lines);
    draw::draw(outline, &lines, &block)
}
