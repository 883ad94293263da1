//! The log: to stderr, for people on a terminal and for machines otherwise.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogConfig, LogFormat};

/// Overrides the filter of the config file.
pub const FILTER_VARIABLE: &str = "FARC_LOG";

/// What is logged when nobody says otherwise.
const DEFAULT_FILTER: &str = "info";

/// quinn warns of each datagram to a host that is not there; farc reports the change of the link once instead. Written first, so
/// that a filter that names these targets wins.
const QUIET: &str = "quinn=error,quinn_udp=error,quinn_proto=error";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    /// The filter cannot be parsed.
    #[error(
        "{FILTER_VARIABLE} is `{filter}`: {source}; write for instance `info` or `warn,farc=debug`"
    )]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something else in the process logs already.
    #[error("the process has a log already: {0}")]
    Taken(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts the log of the process.
pub(super) fn init(config: &LogConfig) -> Result<(), LogError> {
    let from_environment = std::env::var(FILTER_VARIABLE).ok();
    let wanted = from_environment.as_deref().or(config.filter.as_deref());
    let filter = filter(wanted.unwrap_or(DEFAULT_FILTER))?;
    let terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let pretty = match config.format {
        LogFormat::Auto => terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    if pretty {
        let colours = terminal && std::env::var_os("NO_COLOR").is_none();
        lines.with_ansi(colours).finish().try_init()?;
    } else {
        lines.json().flatten_event(true).finish().try_init()?;
    }
    Ok(())
}

fn filter(wanted: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::try_new(format!("{QUIET},{wanted}")).map_err(|source| LogError::Filter {
        filter: wanted.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_filter_may_name_what_is_quiet_by_default() {
        let text = super::filter("warn,quinn_udp=debug").unwrap().to_string();
        assert!(text.contains("quinn_udp=debug"), "{text}");
        assert!(!text.contains("quinn_udp=error"), "{text}");
        assert!(text.contains("quinn=error"), "{text}");
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        assert!(super::filter("farc=loud=very").is_err());
    }
}
