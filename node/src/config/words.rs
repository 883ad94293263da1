//! Parameters as words of a command line.

use super::{Params, ParamsError};

impl Params {
    /// The TOML text of parameters: `toml`, and behind it one line for each `key=value`. A value that is no TOML is a string.
    ///
    /// # Errors
    /// When a word has no `=`, and when the whole is no TOML.
    pub(crate) fn of_words(toml: &str, words: &[String]) -> Result<String, ParamsError> {
        let mut text = toml.to_owned();
        for word in words {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| ParamsError::new(format!("`{word}` is not key=value")))?;
            let (key, value) = (key.trim(), value.trim());
            let line = format!("{key} = {value}");
            let is_toml = line.parse::<Self>().is_ok();
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            if is_toml {
                text.push_str(&line);
            } else {
                let quoted = toml::Value::from(value);
                text.push_str(&format!("{key} = {quoted}"));
            }
        }
        text.parse::<Self>()?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &[&str]) -> Result<String, String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        Params::of_words("seats = 5", &words).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_that_is_no_toml_is_a_string() {
        let text = text(&["rate=20", "name=kitchen", "quiet=\"1s\"", "tags=[1, 2]"]).unwrap();
        let expected = "seats = 5\nrate = 20\nname = \"kitchen\"\nquiet = \"1s\"\ntags = [1, 2]";
        assert_eq!(text, expected);
    }

    #[test]
    fn words_that_are_no_parameters_are_named() {
        assert_eq!(text(&["rate"]), Err("`rate` is not key=value".to_owned()));
        assert!(text(&["a b=1"]).is_err());
        assert!(text(&["seats=6"]).is_err());
    }
}
