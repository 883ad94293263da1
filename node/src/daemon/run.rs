//! `run`: one node in the foreground, from its config file to the end of the process.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{LocalSet, spawn_local};

use super::environment::Environment;
use super::exit::Exit;
use super::node::{Node, StartError};
use super::{Daemon, commands, logs};
use crate::admin::{self, AdminSocket};
use crate::config::{self, NodeConfig};
use crate::kernel::{Escalation, tell_in_one_line};

/// Runs the node of the config at `path`.
pub(super) fn run(daemon: Daemon, path: &Path) -> Exit {
    let config = match config::load(path, &daemon.types, SystemTime::now()) {
        Ok(config) => config,
        Err(found) => {
            commands::show(&found);
            return Exit::Config;
        }
    };
    if let Err(error) = logs::init(&config.log) {
        return commands::fail(&error);
    }
    tell_in_one_line();
    let mut environment = match Environment::production() {
        Ok(environment) => environment,
        Err(error) => {
            return commands::fail(&format_args!("the system gives no randomness: {error}"));
        }
    };
    environment.observer = daemon.observer;
    // One thread for endpoint, connections and sessions; the actors have their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let node = live(config, Arc::new(daemon.types), environment);
            let exit = LocalSet::new().block_on(&runtime, node);
            // Dropped, it would wait for closures of actors that block, however long they do.
            runtime.shutdown_background();
            exit
        }
        Err(error) => commands::fail(&format_args!("cannot start the runtime: {error}")),
    }
}

async fn live(
    mut config: NodeConfig,
    types: Arc<config::ActorTypes>,
    environment: Environment,
) -> Exit {
    // From here on a signal means leaving, even one that comes while the actors are constructed.
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return commands::fail(&format_args!("cannot listen to signals: {error}")),
    };
    // Before anything is bound or constructed: the mistake that is made most often.
    if let Some(Err(error)) = config.link.as_ref().map(StartError::probe) {
        return commands::fail(&error);
    }
    let configured = config.admin.take();
    let socket = commands::socket_for(configured, config.name.as_ref(), config.cluster.as_ref())
        .and_then(|path| AdminSocket::bind(&path));
    let socket = match socket {
        Ok(socket) => socket,
        Err(error) => return commands::fail(&error),
    };
    let mut node = match Node::start(config, types, environment).await {
        Ok(node) => node,
        Err(error) => {
            commands::fail(&error);
            return error.exit();
        }
    };
    let listen = node.local_addr().map(tracing::field::display);
    tracing::info!(node = %node.name(), listen, admin = %socket.path().display(), "started");
    let admin = spawn_local(admin::serve(socket, node.source()));
    let (reason, exit) = tokio::select! {
        biased;
        signal = signals.next() => (signal.to_owned(), Exit::Ok),
        failure = node.escalated() => {
            let Escalation { actor, cause } = failure;
            let reason = format!("actor `{actor}` failed, and its policy is to escalate: {cause}");
            commands::fail(&reason);
            (reason, Exit::Escalated)
        }
    };
    let left = tokio::select! {
        biased;
        again = signals.next() => {
            tracing::warn!(signal = again, "second signal: leaving at once");
            Exit::Failed
        }
        _ = node.shutdown(&reason) => exit,
    };
    admin.abort();
    left
}

/// SIGTERM from a service manager, SIGINT from a terminal.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
