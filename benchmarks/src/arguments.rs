//! The arguments of the program, which the script `run` hands on.

/// What to measure and where to write it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Names of parts; never empty.
    pub(crate) parts: Vec<String>,
    pub(crate) quick: bool,
    /// The file for the summary.
    pub(crate) out: String,
}

impl Arguments {
    /// Reads `[--quick] --out FILE [PART …]`; no part means all.
    pub(crate) fn parse(
        words: impl IntoIterator<Item = String>,
        known: &[&str],
    ) -> Result<Self, String> {
        let (mut parts, mut quick, mut out) = (Vec::new(), false, None);
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => quick = true,
                "--out" => out = Some(words.next().ok_or("--out needs the name of a file")?),
                part if known.contains(&part) => parts.push(word),
                _ => {
                    return Err(format!(
                        "unknown argument `{word}`: expected --quick or a part ({})",
                        known.join(", ")
                    ));
                }
            }
        }
        if parts.is_empty() {
            parts = known.iter().map(|&part| part.to_owned()).collect();
        }
        let out = out.ok_or("--out FILE is missing; start this through benchmarks/run")?;
        Ok(Self { parts, quick, out })
    }
}
