//! The play: nodes start, dine, renew a link, are cut off, stopped and killed, and leave. Nothing is timed to the
//! millisecond: each scene waits for what it needs to see, with a deadline that only a broken node misses.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use farc::admin::Client;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Options,
    books::Books,
    check::{Topology, Verdict, judge},
    cluster::{CUT, Cluster, philosopher, topology},
    journal::Word,
    observe::monotonic,
    process::{GLANCE, Process},
    relay::Side,
    report,
    story::{Story, is_news},
};

mod renewal;

/// Until all nodes are linked for the first time, on a machine that has much else to do.
const READY: Duration = Duration::from_secs(60);
/// Until a loss is noticed; a node needs about two seconds.
const NOTICE: Duration = Duration::from_secs(20);
/// Until a link is back; the longest pause between two dials is five seconds.
const HEAL: Duration = Duration::from_secs(30);
/// Until what was published has arrived.
const SETTLE: Duration = Duration::from_secs(30);
/// Until a node has left; it gives itself eight seconds.
const LEAVE: Duration = Duration::from_secs(15);
/// How long only one direction of the link is cut: long enough for events to arrive whose acknowledgements do not.
const ONE_WAY: Duration = Duration::from_millis(300);
/// How long a node is stopped.
const STOP: Duration = Duration::from_secs(3);
/// How long links must stand before they count as healed.
const STEADY: Duration = Duration::from_secs(1);

/// What was done to the cluster, and how it took it.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) what: &'static str,
    pub(super) whom: String,
    /// Until all who lost something had noticed; none if it was over before.
    pub(super) detect: Option<Duration>,
    /// Until all who had noticed were linked again.
    pub(super) recover: Option<Duration>,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) scenes: Vec<Scene>,
    pub(super) books: Books,
}

/// A play in progress.
#[derive(Debug)]
pub(super) struct Play<'a> {
    options: &'a Options,
    pub(super) cluster: Cluster,
    story: Story,
    topology: Topology,
    hungry: Word,
    philosophers: Vec<Word>,
    scenes: Vec<Scene>,
}

impl<'a> Play<'a> {
    pub(super) fn prepare(options: &'a Options) -> anyhow::Result<Self> {
        let mut cluster = Cluster::prepare(options)?;
        let words = &mut cluster.watch.words;
        let topology = topology(options, &cluster.homes, words);
        let hungry = words.number("dining.hungry");
        let philosophers = (0..options.philosophers)
            .map(|seat| words.number(&philosopher(seat)))
            .collect();
        Ok(Self {
            options,
            cluster,
            story: Story::default(),
            topology,
            hungry,
            philosophers,
            scenes: Vec::new(),
        })
    }

    /// Plays it to the end.
    ///
    /// # Errors
    /// A node failed, or something that had to happen did not. A bad verdict is no error.
    pub(super) async fn run(&mut self) -> anyhow::Result<Outcome> {
        self.gather().await?;
        let began = Instant::now();
        self.story.begin(monotonic());
        report::card(&self.story, &self.cluster, self.options);
        let meal = Duration::from_secs(self.options.seconds.into());
        self.dine(began + meal / 5).await?;
        self.renew().await?;
        self.cut((meal / 5).max(Duration::from_secs(3))).await?;
        self.dine(began + meal / 2).await?;
        self.freeze(self.stopped()).await?;
        self.dine(began + meal * 7 / 10).await?;
        self.kill(self.killed()).await?;
        self.dine((began + meal).max(Instant::now() + STEADY))
            .await?;
        let end = monotonic();
        let settled = self.settle(end).await?;
        let books = self.read_books().await?;
        self.leave().await?;
        // What came after the end mark may still be doubled, reordered or invented.
        self.cluster.watch.read()?;
        let verdict = self.judge(end);
        self.story
            .say(&format!("settled within {} ms", settled.as_millis()));
        Ok(Outcome {
            verdict,
            scenes: std::mem::take(&mut self.scenes),
            books,
        })
    }

    /// Shows the verdict, and keeps the folder if it is a bad one.
    pub(super) fn close(mut self, outcome: &Outcome) -> ExitCode {
        outcome.tell(&self.story);
        let failed = !outcome.failures().is_empty();
        if failed {
            let kept = self.keep();
            self.story.say(&kept);
        }
        if self.options.json {
            self.story.say(&outcome.json(self.options).to_string());
        }
        if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    /// Keeps the folder, and says where it is.
    pub(super) fn keep(&mut self) -> String {
        self.cluster.folder.disable_cleanup(true);
        format!(
            "configs, logs and journals are kept in {}",
            self.cluster.folder.path().display()
        )
    }

    /// The node that is stopped for a while: one with philosophers, and not the one that is killed if there are more.
    fn stopped(&self) -> usize {
        (self.options.nodes - 2).max(1)
    }

    /// The node that is killed: the last.
    fn killed(&self) -> usize {
        self.options.nodes - 1
    }

    async fn gather(&mut self) -> anyhow::Result<()> {
        for node in 0..self.options.nodes {
            self.cluster.start(node)?;
        }
        let by = Instant::now() + READY;
        for node in 0..self.options.nodes {
            self.ready(node, by).await?;
        }
        self.until("every link is up", by, |cluster| {
            cluster
                .pairs()
                .all(|(one, other)| cluster.linked(one, other))
        })
        .await?;
        let now = monotonic();
        for node in 0..self.options.nodes {
            let life = self.cluster.lives[node];
            self.cluster.watch.witness(life).ready = Some(now);
        }
        Ok(())
    }

    /// Cuts the relayed link, first one way and then both, and heals it.
    async fn cut(&mut self, least: Duration) -> anyhow::Result<()> {
        let (one, other) = CUT;
        let whom = format!(
            "{} - {}",
            self.cluster.homes[one].name, self.cluster.homes[other].name
        );
        let (from, until) = (monotonic(), Instant::now() + least);
        self.story.act(
            from,
            &format!("cut the link {whom}: first one way, then both"),
        );
        self.cluster.relay.cut_toward(Side::Left);
        self.dine(Instant::now() + ONE_WAY).await?;
        self.cluster.relay.cut_toward(Side::Right);
        let by = Instant::now() + NOTICE;
        let missed = |cluster: &Cluster| !cluster.sees(one, other) && !cluster.sees(other, one);
        self.until("both ends of the cut link notice", by, missed)
            .await?;
        self.dine(until).await?;
        let healed = monotonic();
        self.story.act(healed, &format!("heal the link {whom}"));
        self.cluster.relay.heal();
        let by = Instant::now() + HEAL;
        self.until("the link that was cut is up again", by, |cluster| {
            cluster.linked(one, other)
        })
        .await?;
        self.scene("cut", whom, &[(one, other), (other, one)], from, healed);
        Ok(())
    }

    async fn freeze(&mut self, node: usize) -> anyhow::Result<()> {
        let (name, from) = (self.cluster.homes[node].name.clone(), monotonic());
        self.story.act(from, &format!("kill -STOP {name}"));
        self.process(node)?.freeze()?;
        self.dine(Instant::now() + STOP).await?;
        // Noted before it goes on, and the other before it stopped: an excuse must not be too small.
        let thawed = monotonic();
        self.story.act(thawed, &format!("kill -CONT {name}"));
        self.process(node)?.thaw()?;
        let life = self.cluster.lives[node];
        self.cluster.watch.witness(life).frozen.push((from, thawed));
        self.steady(node).await?;
        let ends = self.ends(node);
        // Its own notion of what happened meanwhile is an echo; the others' is what counts.
        self.scene(
            "stop",
            name,
            ends.get(self.options.nodes - 1..).unwrap_or_default(),
            from,
            thawed,
        );
        Ok(())
    }

    async fn kill(&mut self, node: usize) -> anyhow::Result<()> {
        let (name, from) = (self.cluster.homes[node].name.clone(), monotonic());
        self.story.act(from, &format!("kill -KILL {name}"));
        let least = Instant::now() + STEADY;
        self.cluster.processes[node]
            .take()
            .context("it runs")?
            .kill()?;
        let life = self.cluster.lives[node];
        self.cluster.watch.witness(life).ended = Some(monotonic());
        let others: Vec<usize> = (0..self.options.nodes)
            .filter(|other| *other != node)
            .collect();
        let by = Instant::now() + NOTICE;
        self.until("the others notice that a node is dead", by, |cluster| {
            !others.iter().any(|other| cluster.sees(*other, node))
        })
        .await?;
        self.dine(least).await?;
        let again = monotonic();
        self.story.act(again, &format!("start {name} again"));
        self.cluster.start(node)?;
        let by = Instant::now() + READY;
        self.ready(node, by).await?;
        self.until("every link of the new process is up", by, |cluster| {
            others.iter().all(|other| cluster.linked(*other, node))
        })
        .await?;
        let life = self.cluster.lives[node];
        self.cluster.watch.witness(life).ready = Some(monotonic());
        let ends: Vec<_> = others.iter().map(|other| (*other, node)).collect();
        self.scene("kill", name, &ends, from, again);
        Ok(())
    }

    /// Lets the cluster be until all that is owed has arrived, or until it is clear that it never will.
    async fn settle(&mut self, end: u64) -> anyhow::Result<Duration> {
        let began = Instant::now();
        loop {
            self.dine(Instant::now() + STEADY / 4).await?;
            if self.judge(end).holds() || began.elapsed() > SETTLE {
                return Ok(began.elapsed());
            }
        }
    }

    fn judge(&self, end: u64) -> Verdict {
        judge(
            &self.cluster.watch.witnesses(),
            &self.topology,
            end,
            &self.cluster.watch.words,
        )
    }

    async fn read_books(&self) -> anyhow::Result<Books> {
        let mut books = Books::default();
        for home in &self.cluster.homes {
            let status = Client::new(&home.socket).status().await;
            books.add(
                &home.name,
                &status.with_context(|| format!("failed to ask {} for its books", home.name))?,
            );
        }
        Ok(books)
    }

    async fn leave(&mut self) -> anyhow::Result<()> {
        let by = Instant::now() + LEAVE;
        for process in self.cluster.processes.iter().flatten() {
            process.dismiss()?;
        }
        for process in self.cluster.processes.iter_mut().flatten() {
            process.gone(by).await?;
        }
        Ok(())
    }

    /// Lets everybody dine until a moment has come.
    async fn dine(&mut self, until: Instant) -> anyhow::Result<()> {
        while Instant::now() < until {
            self.glance()?;
            sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Waits until something is true, and fails if it does not come true in time.
    async fn until(
        &mut self,
        what: &str,
        by: Instant,
        is: impl Fn(&Cluster) -> bool,
    ) -> anyhow::Result<()> {
        if !self.whether(by, is).await? {
            bail!("waited in vain until {what}");
        }
        Ok(())
    }

    /// Waits until something is true, or until it is too late.
    async fn whether(
        &mut self,
        by: Instant,
        is: impl Fn(&Cluster) -> bool,
    ) -> anyhow::Result<bool> {
        loop {
            self.glance()?;
            if is(&self.cluster) || Instant::now() > by {
                return Ok(is(&self.cluster));
            }
            sleep(GLANCE).await;
        }
    }

    /// Waits until a node says that it is ready.
    async fn ready(&mut self, node: usize, by: Instant) -> anyhow::Result<()> {
        let home = self.cluster.homes[node].clone();
        loop {
            self.glance()?;
            // Until it is there, nobody answers.
            let health = timeout(READY, Client::new(&home.socket).health()).await;
            let missing = match health {
                Ok(Ok(health)) if health.ready => return Ok(()),
                Ok(Ok(health)) => format!("it misses {}", health.missing.join(", ")),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if Instant::now() > by {
                bail!("waited in vain until {} was ready: {missing}", home.name);
            }
            sleep(GLANCE).await;
        }
    }

    /// Waits until all links of a node have been up for a while.
    async fn steady(&mut self, node: usize) -> anyhow::Result<()> {
        let others: Vec<usize> = (0..self.options.nodes)
            .filter(|other| *other != node)
            .collect();
        let by = Instant::now() + HEAL;
        let mut since = Instant::now();
        while since.elapsed() < STEADY {
            self.glance()?;
            if !others.iter().all(|other| self.cluster.linked(*other, node)) {
                since = Instant::now();
            }
            if Instant::now() > by {
                bail!(
                    "waited in vain until the links of {} were steady",
                    self.cluster.homes[node].name
                );
            }
            sleep(GLANCE).await;
        }
        Ok(())
    }

    fn glance(&mut self) -> anyhow::Result<()> {
        self.cluster.check()?;
        self.cluster.watch.read()?;
        let hungry = self.hungry;
        let news = self.cluster.watch.news(|record| is_news(record, hungry));
        for news in news {
            self.story
                .tell(&news, &self.philosophers, &self.cluster.watch.words);
        }
        Ok(())
    }

    fn process(&self, node: usize) -> anyhow::Result<&Process> {
        self.cluster.processes[node].as_ref().context("it runs")
    }

    /// The ends of a node's links, as (who says it, of whom): first its own, then the others'.
    fn ends(&self, node: usize) -> Vec<(usize, usize)> {
        let others = (0..self.options.nodes).filter(|other| *other != node);
        others
            .clone()
            .map(|other| (node, other))
            .chain(others.map(|other| (other, node)))
            .collect()
    }

    /// Takes down how long the ends of the links took to notice a loss and a return.
    fn scene(
        &mut self,
        what: &'static str,
        whom: String,
        ends: &[(usize, usize)],
        lost: u64,
        back: u64,
    ) {
        let Cluster {
            watch,
            lives,
            homes,
            ..
        } = &self.cluster;
        let when = |up, since| {
            ends.iter()
                .map(move |(one, other)| watch.first(lives[*one], &homes[*other].name, up, since))
        };
        let since = |from: u64, at: u64| Duration::from_nanos(at - from);
        let all: Option<Vec<u64>> = when(false, lost).collect();
        let detect = all
            .and_then(|all| all.into_iter().max())
            .map(|at| since(lost, at));
        let recover = when(true, back).flatten().max().map(|at| since(back, at));
        self.scenes.push(Scene {
            what,
            whom,
            detect,
            recover,
        });
    }
}
