//! The trace file that a config asks for.

use std::fs::File;
use std::io::{BufWriter, LineWriter};
use std::sync::Arc;

use super::node::StartError;
use crate::config::{TraceConfig, TraceFormat};
use crate::observe::Observer;
use crate::trace::{TextTrace, VcdTrace};

/// Whoever watches already, and the trace.
pub(super) fn of(
    trace: &TraceConfig,
    watching: Option<Arc<dyn Observer>>,
) -> Result<Arc<dyn Observer>, StartError> {
    let file = File::create(&trace.file).map_err(|error| StartError::Trace {
        file: trace.file.clone(),
        origin: trace.origin.clone(),
        error,
    })?;
    let observer: Arc<dyn Observer> = match trace.format {
        // People look at it while it grows.
        TraceFormat::Text => Arc::new(TextTrace::new(LineWriter::new(file))),
        TraceFormat::Vcd => Arc::new(VcdTrace::new(BufWriter::new(file))),
    };
    Ok(match watching {
        None => observer,
        Some(watching) => Arc::new(vec![watching, observer]),
    })
}
