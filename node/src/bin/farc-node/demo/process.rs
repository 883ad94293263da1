//! One child process: a real `farc-node run`, which never outlives us.

use std::{
    fs::{self, File},
    io,
    net::SocketAddr,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

/// How often a condition is looked at. Nothing in the demo is decided by it.
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// As many lines of a log as explain a failure.
const LAST_WORDS: usize = 12;

/// Where a node lives, across the lives of its process.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) name: String,
    pub(super) listen: SocketAddr,
    pub(super) config: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) folder: PathBuf,
}

/// A running node. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    pub(super) journal: PathBuf,
}

impl Process {
    /// Starts the `life`th process of a node.
    pub(super) fn start(home: &Home, life: usize, receivers: &str) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("failed to find this program again")?;
        let log = home.folder.join(format!("{}.{life}.log", home.name));
        let journal = home.folder.join(format!("{}.{life}.journal", home.name));
        let out =
            File::create(&log).with_context(|| format!("failed to create {}", log.display()))?;
        let child = Command::new(program)
            .arg("run")
            .arg("--config")
            .arg(&home.config)
            .env(super::observe::JOURNAL, &journal)
            .env(super::observe::RECEIVERS, receivers)
            .env(super::lifeline::PARENT, std::process::id().to_string())
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            // Ctrl-C on a terminal goes to the whole group in front: it is for us, and we stop the children.
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {}", home.name))?;
        Ok(Self {
            name: home.name.clone(),
            child,
            log,
            journal,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails, with its last words, if the process has ended by itself.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "{} ended by itself ({}); its last words:\n{}",
                self.name,
                ended(status),
                self.last_words()
            );
        }
        Ok(())
    }

    /// Stops the process in its tracks.
    pub(super) fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(super) fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Kills it, and waits until it is gone.
    pub(super) fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }

    /// Asks it to leave.
    pub(super) fn dismiss(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Waits until it has left.
    ///
    /// # Errors
    /// It did not leave in time, or not with exit code 0.
    pub(super) async fn gone(&mut self, by: Instant) -> anyhow::Result<()> {
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!(
                    "{} did not leave in peace ({}); its last words:\n{}",
                    self.name,
                    ended(status),
                    self.last_words()
                ),
                None if Instant::now() >= by => bail!(
                    "{} was asked to leave and is still there; its last words:\n{}",
                    self.name,
                    self.last_words()
                ),
                None => sleep(GLANCE).await,
            }
        }
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    fn last_words(&self) -> String {
        last_lines(&self.log).unwrap_or_else(|error| format!("  ({}: {error})", self.log.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It is gone already, or this is the end of it. Both calls fail only for a process that was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_lines(path: &Path) -> io::Result<String> {
    let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines
        .iter()
        .skip(lines.len().saturating_sub(LAST_WORDS))
        .map(|line| format!("  {line}\n"))
        .collect())
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}
