//! How much room texts take, for a font that nobody has measured.

/// The height of a line of text, in pixels.
pub(super) const LINE: f64 = 16.0;

/// The width of a character: that of Menlo and DejaVu Sans Mono, the widest of the usual ones, at 11 pixels.
const CODE: f64 = 6.65;
/// The average of bold DejaVu Sans at 13 pixels.
const NAME: f64 = 8.9;

/// The most characters in a line of a label or a state; longer texts are broken.
const LONGEST_LABEL: usize = 28;
const LONGEST_TEXT: usize = 44;

/// The width of a line of code.
pub(super) fn code(text: &str) -> f64 {
    columns(text) as f64 * CODE
}

/// The width of the name of a state.
pub(super) fn name(text: &str) -> f64 {
    columns(text) as f64 * NAME
}

/// Ideographs and emoji take two columns.
fn columns(text: &str) -> usize {
    let wide = |c: &char| matches!(u32::from(*c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xff60 | 0x1f300..);
    text.chars().count() + text.chars().filter(wide).count()
}

/// The lines of a label: the guard on its own if both do not fit in one.
pub(super) fn label(text: &str) -> Vec<String> {
    match text.split_once(" [") {
        Some((trigger, guard)) if columns(text) > LONGEST_LABEL => {
            let mut lines = broken(trigger, LONGEST_LABEL);
            lines.extend(broken(&format!("[{guard}"), LONGEST_LABEL));
            lines
        }
        _ => broken(text, LONGEST_LABEL),
    }
}

/// The lines of a text in a state, and whether they go on with the line before.
pub(super) fn in_state(text: &str) -> impl Iterator<Item = (String, bool)> {
    let lines = broken(text, LONGEST_TEXT).into_iter().enumerate();
    lines.map(|(number, line)| (line, number > 0))
}

/// Broken before `&&` and `||` if that is enough, else between words, and within words that are too long.
fn broken(text: &str, longest: usize) -> Vec<String> {
    let parts = text.replace(" && ", "\n&& ").replace(" || ", "\n|| ");
    let mut lines: Vec<String> = Vec::new();
    for part in parts.split('\n') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(part) <= longest => {
                line.push(' ');
                line.push_str(part);
            }
            _ => lines.extend(words(part, longest)),
        }
    }
    lines
}

fn words(text: &str, longest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > longest {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line) >= longest + longest / 2 {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
