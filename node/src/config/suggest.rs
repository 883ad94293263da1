//! "Did you mean": the known word nearest to a misspelt one.

/// The candidate nearest to `word`, when it is near enough to be worth naming.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // A third of the letters may be wrong, as cargo and rustc have it: enough for typos, too little for other words.
    let tolerated = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Words as a reader likes them: `` `a`, `b` or `c` ``.
pub(crate) fn listed<'c>(words: impl IntoIterator<Item = &'c str>) -> String {
    let quoted: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, &a) in from.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &b) in to.iter().enumerate() {
            let mut best = (above[column] + usize::from(a != b))
                .min(above[column + 1] + 1)
                .min(line[column] + 1);
            if row > 0 && column > 0 && a == to[column - 1] && b == from[row - 1] {
                let swapped: &[usize] = &before;
                best = best.min(swapped[column - 1] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}
