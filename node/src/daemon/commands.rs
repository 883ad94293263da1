//! The commands that do one thing and end: check a file, make certificates, ask a running node.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::actors::{Refusal, SpawnOrder};
use super::cli::{
    ActorArgs, ActorsArgs, DEFAULT_CONFIG, DevArgs, RenewArgs, SOCKET_VARIABLE, SpawnArgs,
    StatusArgs, Target,
};
use super::exit::Exit;
use super::render;
use super::status::Status;
use crate::admin::{self, AdminError, Client};
use crate::certs::{self, DevRequest, Validity, Written};
use crate::config::{self, ActorTypes, Diagnostics, Params};

/// `config check FILE`.
pub(super) fn check(types: &ActorTypes, file: &Path, now: SystemTime) -> Exit {
    match config::load(file, types, now) {
        Ok(config) => {
            let peers = config.link.as_ref().map_or(0, |link| link.peers.len());
            let actors = counted(config.actors.len(), "actor");
            let peers = counted(peers, "peer");
            let (file, node) = (file.display(), config.name);
            say(&format!(
                "{file}: node {node} is well configured: {actors}, {peers}"
            ));
            Exit::Ok
        }
        Err(found) => {
            show(&found);
            Exit::Config
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// `config init`.
pub(super) fn init() -> Exit {
    say(config::DEFAULT.trim_end());
    Exit::Ok
}

/// `certs dev`.
pub(super) fn dev(arguments: &DevArgs, now: SystemTime) -> Exit {
    // A name that is given twice is one node.
    let nodes: BTreeSet<_> = arguments.nodes.iter().cloned().collect();
    let written = certs::write_dev(&DevRequest {
        out: arguments.out.clone(),
        cluster: arguments.cluster.clone(),
        nodes: nodes.into_iter().collect(),
        validity: Validity::days(now, arguments.days),
        owner: arguments.owner,
        existing: arguments.existing(),
    });
    match written {
        Ok(written) => {
            for one in written {
                match one {
                    Written::Made(path) => say(&format!("made {}", path.display())),
                    Written::Kept(path) => say(&format!("kept {}", path.display())),
                }
            }
            Exit::Ok
        }
        Err(error) => fail(&error),
    }
}

/// `status`.
pub(super) fn status(arguments: &StatusArgs) -> Exit {
    let status = match ask_status(&arguments.target) {
        Ok(status) => status,
        Err(error) => return unanswered(&error),
    };
    if !arguments.json {
        say(&render::status(&status));
        return Exit::Ok;
    }
    match serde_json::to_string_pretty(&status) {
        Ok(text) => {
            say(&text);
            Exit::Ok
        }
        Err(error) => fail(&error),
    }
}

/// The status of the node that is meant.
pub(super) fn ask_status(target: &Target) -> Result<Status, AskError> {
    let socket = socket(target)?;
    ask(async move { Ok(Client::new(&socket).status().await?) })
}

/// `health`. Container engines know two answers, 0 and 1, so a node that does not answer is one that is not ready.
pub(super) fn health(target: &Target) -> Exit {
    let answer = socket(target)
        .and_then(|socket| ask(async move { Ok(Client::new(&socket).health().await?) }));
    match answer {
        Ok(health) if health.ready => {
            say("ready");
            Exit::Ok
        }
        Ok(health) => {
            say(&format!("not ready: {}", health.missing.join(", ")));
            Exit::Failed
        }
        Err(error) => fail(&error),
    }
}

/// `link renew PEER`. It ends when the renewal has begun: what comes of it is in `status`.
pub(super) fn renew(arguments: &RenewArgs) -> Exit {
    let peer = &arguments.peer;
    let answer = socket(&arguments.target)
        .and_then(|socket| ask(async move { Ok(Client::new(&socket).renew(peer).await?) }));
    match answer {
        Ok(()) => {
            say(&format!("the link to {peer} is being renewed"));
            Exit::Ok
        }
        Err(error) => unanswered(&error),
    }
}

/// `actors [FILTER]`.
pub(super) fn actors(arguments: &ActorsArgs) -> Exit {
    let status = match ask_status(&arguments.target) {
        Ok(status) => status,
        Err(error) => return unanswered(&error),
    };
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let wanted = status.actors.iter();
    let wanted: Vec<_> = wanted
        .filter(|actor| actor.name.contains(filter) || actor.kind.contains(filter))
        .collect();
    if !arguments.json {
        say(&render::actors(&wanted));
        return Exit::Ok;
    }
    match serde_json::to_string_pretty(&wanted) {
        Ok(text) => {
            say(&text);
            Exit::Ok
        }
        Err(error) => fail(&error),
    }
}

/// `dead-letters`.
pub(super) fn dead_letters(arguments: &StatusArgs) -> Exit {
    let answer = socket(&arguments.target)
        .and_then(|socket| ask(async move { Ok(Client::new(&socket).dead_letters().await?) }));
    let letters = match answer {
        Ok(letters) => letters,
        Err(error) => return unanswered(&error),
    };
    if !arguments.json {
        say(&render::dead_letters(&letters));
        return Exit::Ok;
    }
    match serde_json::to_string_pretty(&letters) {
        Ok(text) => {
            say(&text);
            Exit::Ok
        }
        Err(error) => fail(&error),
    }
}

/// `spawn TYPE NAME`.
pub(super) fn spawn(arguments: &SpawnArgs) -> Exit {
    let mut order = SpawnOrder::new(&arguments.kind, &arguments.name);
    order.params = match Params::of_words(&arguments.params, &arguments.words) {
        Ok(params) => params,
        Err(error) => {
            fail(&error);
            return Exit::Usage;
        }
    };
    order.domain.clone_from(&arguments.domain);
    order.priority = arguments.priority;
    order.mailbox = arguments.mailbox;
    order.overflow = arguments.overflow;
    order.restart.clone_from(&arguments.restart);
    let name = &arguments.name;
    let answer = socket(&arguments.target)
        .and_then(|socket| ask(async move { Ok(Client::new(&socket).spawn(&order).await?) }));
    done(answer, &format!("actor {name} is there"))
}

/// `stop NAME`.
pub(super) fn stop(arguments: &ActorArgs) -> Exit {
    let name = &arguments.name;
    let answer = socket(&arguments.target)
        .and_then(|socket| ask(async move { Ok(Client::new(&socket).stop(name).await?) }));
    done(answer, &format!("actor {name} has stopped"))
}

/// `restart NAME`.
pub(super) fn restart(arguments: &ActorArgs) -> Exit {
    let name = &arguments.name;
    let answer = socket(&arguments.target)
        .and_then(|socket| ask(async move { Ok(Client::new(&socket).restart(name).await?) }));
    done(answer, &format!("actor {name} was constructed anew"))
}

fn done(answer: Result<(), AskError>, text: &str) -> Exit {
    match answer {
        Ok(()) => {
            say(text);
            Exit::Ok
        }
        Err(error) => unanswered(&error),
    }
}

/// Why nobody was asked, or nobody answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("{} has no [node] with a name", .0.display())]
    Config(PathBuf),
    #[error("no node runs here; name one with --config FILE, --socket PATH or {SOCKET_VARIABLE}")]
    None,
    #[error(
        "several nodes run here; name one with --config FILE or --socket PATH:{}",
        .0.iter().map(|path| format!("\n  --socket {}", path.display())).collect::<String>()
    )]
    Several(Vec<PathBuf>),
    #[error("cannot wait for an answer: {0}")]
    Runtime(#[from] io::Error),
}

/// Says why nobody answered.
pub(super) fn unanswered(error: &AskError) -> Exit {
    fail(error);
    match error {
        AskError::Admin(AdminError::Unreachable { .. }) | AskError::None => Exit::Unreachable,
        AskError::Admin(AdminError::Refused(Refusal::Order(_))) => Exit::Usage,
        AskError::Admin(AdminError::Refused(Refusal::Construction(_))) => Exit::Construction,
        AskError::Admin(_) | AskError::Config(_) | AskError::Several(_) | AskError::Runtime(_) => {
            Exit::Failed
        }
    }
}

/// The socket that is meant.
fn socket(target: &Target) -> Result<PathBuf, AskError> {
    if let Some(socket) = &target.socket {
        return Ok(socket.clone());
    }
    if let Some(file) = &target.config {
        return socket_of(file);
    }
    if let Some(socket) = from_environment() {
        return Ok(socket);
    }
    let default = Path::new(DEFAULT_CONFIG);
    if default.exists() {
        return socket_of(default);
    }
    let mut running = admin::running();
    match running.len() {
        0 => Err(AskError::None),
        1 => Ok(running.remove(0)),
        _ => Err(AskError::Several(running)),
    }
}

fn socket_of(file: &Path) -> Result<PathBuf, AskError> {
    let found = config::admin_of(file).ok_or_else(|| AskError::Config(file.to_path_buf()))?;
    Ok(socket_for(found.socket, &found.name, &found.cluster)?)
}

/// Where the socket of a node is: the config file says so, or the environment, or it is in the default folder.
pub(super) fn socket_for(
    configured: Option<PathBuf>,
    node: &str,
    cluster: &str,
) -> Result<PathBuf, AdminError> {
    match configured.or_else(from_environment) {
        Some(socket) => Ok(socket),
        None => admin::default_path(node, cluster),
    }
}

fn from_environment() -> Option<PathBuf> {
    let socket = std::env::var_os(SOCKET_VARIABLE)?;
    (!socket.is_empty()).then(|| PathBuf::from(socket))
}

fn ask<T>(question: impl Future<Output = Result<T, AskError>>) -> Result<T, AskError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(question)
}

/// Shows what is wrong with a config file, in colour on a terminal.
pub(super) fn show(found: &Diagnostics) {
    let styled = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // When stderr is gone, the exit code still tells.
    let _ = writeln!(io::stderr().lock(), "{}", found.render(styled));
}

/// One line (or several) for the caller. A pipe that was closed early, as by `head`, is no error of ours.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// The message of a command that failed.
pub(super) fn fail(error: &dyn Display) -> Exit {
    let _ = writeln!(io::stderr().lock(), "error: {error}");
    Exit::Failed
}
