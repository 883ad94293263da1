//! What happens to nodes and to what is between them.

use std::time::Duration;

use super::TestCluster;
use crate::actor::SpawnError;
use crate::bus::SystemEvent;
use crate::testing::peer::Peer;
use crate::testing::world::World;

/// How long a node that leaves may take: as `farc-node` does by default.
const LEAVE: Duration = Duration::from_secs(8);

impl TestCluster {
    /// Nothing passes between two nodes, in either direction, until the cut is [healed](TestCluster::heal). Neither is told: their link goes down
    /// when it has heard nothing for 2 s. What is on its way is held back.
    ///
    /// # Panics
    ///
    /// When there is no node of one of these names.
    #[track_caller]
    pub fn cut(&self, a: &str, b: &str) {
        let (a, b) = (self.index(a), self.index(b));
        let mut world = self.stage.world();
        world.net.cut(a, b);
        world.note_both((a, b), "cut");
    }

    /// Ends a cut: what was held back goes on, and a link that is down comes back when one of the two calls the other, within 3 s.
    ///
    /// # Panics
    ///
    /// When there is no node of one of these names.
    #[track_caller]
    pub fn heal(&self, a: &str, b: &str) {
        let (a, b) = (self.index(a), self.index(b));
        let mut world = self.stage.world();
        world.heal((a, b));
    }

    /// Ends all cuts.
    pub fn heal_all(&self) {
        let mut world = self.stage.world();
        let cuts: Vec<(usize, usize)> = world.net.cuts().collect();
        for pair in cuts {
            world.heal(pair);
        }
    }

    /// Cuts what lies between nodes of different groups. What lies between others stays as it is.
    ///
    /// ```
    /// # let cluster = farc::testing::TestCluster::new(0);
    /// # for name in ["a", "b", "c"] { cluster.add(name, |_| Ok(())).unwrap(); }
    /// # cluster.start();
    /// cluster.partition(&[&["a"], &["b", "c"]]);
    /// ```
    ///
    /// # Panics
    ///
    /// When there is no node of one of these names.
    #[track_caller]
    pub fn partition(&self, groups: &[&[&str]]) {
        for (at, group) in groups.iter().enumerate() {
            for a in *group {
                for b in groups[at + 1..].iter().copied().flatten() {
                    self.cut(a, b);
                }
            }
        }
    }

    /// Everything between two nodes takes so much longer from now on, in each direction. Zero ends it.
    ///
    /// # Panics
    ///
    /// When there is no node of one of these names.
    #[track_caller]
    pub fn delay(&self, a: &str, b: &str, extra: Duration) {
        let (a, b) = (self.index(a), self.index(b));
        let mut world = self.stage.world();
        world.net.delay(a, b, extra);
        world.note_both((a, b), &format!("delayed by {extra:?}"));
    }

    /// Kills a node, as `kill -9` does: no exit action runs, nobody is told, what it held is lost. Its peers notice after 2 s. Nothing happens to a
    /// node that is down.
    ///
    /// The destructors of its actors run, since they share this process.
    ///
    /// # Panics
    ///
    /// When there is no node of this name.
    #[track_caller]
    pub fn crash(&self, name: &str) {
        let index = self.index(name);
        let mut world = self.stage.world();
        if world.nodes[index].running.is_some() {
            world.kill(index);
            world.note(index, "$node crashed;");
        }
    }

    /// Starts a new life of a node, with the actors of its `setup` and nothing of its memory; kills the old life first, if it runs.
    ///
    /// # Errors
    ///
    /// What `setup` says. The node is down then.
    ///
    /// # Panics
    ///
    /// When there is no node of this name, or the cluster has not started.
    #[track_caller]
    pub fn restart(&self, name: &str) -> Result<(), SpawnError> {
        self.crash(name);
        let index = self.index(name);
        let setup = {
            let mut world = self.stage.world();
            assert!(world.is_linked, "the cluster has not started");
            world.boot(index);
            let life = world.nodes[index].life;
            world.note(index, &format!("$node life {life};"));
            world.nodes[index].setup.clone()
        };
        if let Some(setup) = setup
            && let Err(error) = setup(&self.at(index))
        {
            self.stage.world().kill(index);
            return Err(error);
        }
        let mut world = self.stage.world();
        world.link(index);
        world.start(index);
        world.run();
        Ok(())
    }

    /// Has a node leave as `farc-node` does on SIGTERM: its actors get `$sys.shutdown`, its peers are told, then it takes no more events of them, and
    /// none of timers, tasks and addresses; it runs until no event is left, stops its actors, brings what they have published to its peers, and is
    /// down. Time passes meanwhile, 8 s at most. Nothing happens to a node that is down.
    ///
    /// # Panics
    ///
    /// When there is no node of this name.
    #[track_caller]
    pub fn leave(&self, name: &str) {
        let index = self.index(name);
        if self.stage.world().nodes[index].running.is_none() {
            return;
        }
        self.stage.world().note(index, "$node leaves;");
        let deadline = self.stage.world().now() + LEAVE;
        {
            let mut world = self.stage.world();
            let now = world.now();
            if let Some(running) = &mut world.nodes[index].running {
                let bus = running.bus().clone();
                bus.system(SystemEvent::Shutdown {
                    reason: "the test says so".to_owned(),
                });
                let peers = running.peers.iter_mut();
                peers.for_each(|peer| peer.go_away(now, deadline));
                bus.drain();
                running.wind_down();
            }
        }
        let idle = || self.stage.running(index).is_idle().then_some(());
        // What is not done by then is dropped with the actors.
        let _ = self.stage.wait(LEAVE / 2, idle);
        {
            let mut world = self.stage.world();
            let now = world.now();
            if let Some(running) = &mut world.nodes[index].running {
                running.stop();
                let peers = running.peers.iter_mut();
                peers.for_each(|peer| peer.leave(now, deadline));
            }
        }
        let left = || {
            let running = self.stage.running(index);
            running.peers.iter().all(Peer::has_left).then_some(())
        };
        let remaining = deadline - self.stage.world().now();
        let _ = self.stage.wait(remaining, left);
        let mut world = self.stage.world();
        world.kill(index);
        world.note(index, "$node has left;");
    }
}

impl World {
    fn heal(&mut self, (a, b): (usize, usize)) {
        let now = self.now();
        self.net.heal(a, b, now);
        self.note_both((a, b), "healed");
    }

    fn note_both(&self, (a, b): (usize, usize), what: &str) {
        for (one, other) in [(a, b), (b, a)] {
            let other = &self.nodes[other].name;
            self.note(one, &format!("$link {other}: {what};"));
        }
    }
}
