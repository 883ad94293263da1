//! The scene in which a link is renewed, so that events arrive twice.
//!
//! A link that was cut says exactly where it goes on, so nothing comes twice by that. It does when one connection takes
//! over from another that is in use.

use std::time::Duration;

use anyhow::{Context as _, bail};
use farc::{admin::Client, daemon::LinkStatus};
use tokio::time::Instant;

use super::{CUT, HEAL, Play};
use crate::demo::observe::monotonic;

/// How often both ends are asked how far they are.
const LOOK: Duration = Duration::from_millis(100);

impl Play<'_> {
    /// Renews the relayed link while it carries traffic, with its ends far apart. The node that renews has said how far it
    /// had come long before the other one reads it and moves over to the new connection; what the old one brings meanwhile
    /// is sent again on the new one, arrives twice, and is taken once.
    pub(super) async fn renew(&mut self) -> anyhow::Result<()> {
        let (one, other) = CUT;
        let homes = &self.cluster.homes;
        let whom = format!("{} - {}", homes[one].name, homes[other].name);
        let by = Instant::now() + HEAL;
        let mut before = self.ends_of_cut().await?;
        let known = doubles(&before[0]);
        self.story.act(
            monotonic(),
            &format!("renew the link {whom}, over a slow network and in full use"),
        );
        self.cluster.relay.part(true);
        self.ask(by).await?;
        let twice = loop {
            self.dine(Instant::now() + LOOK).await?;
            let now = self.ends_of_cut().await?;
            let twice = doubles(&now[0]) - known;
            let mut ends = now.iter().zip(&before);
            let renewed = ends.all(|(now, before)| now.connections > before.connections);
            if renewed && twice > 0 {
                break twice;
            }
            if Instant::now() > by {
                bail!("waited in vain until the link {whom} was renewed in use");
            }
            if renewed {
                // It was lost and made anew, which a machine that stands still for seconds can bring about.
                before = now;
                self.ask(by).await?;
            }
        };
        self.cluster.relay.part(false);
        self.story.act(
            monotonic(),
            &format!("the link {whom} is renewed: {twice} events arrived twice"),
        );
        Ok(())
    }

    /// Asks one end for the renewal.
    async fn ask(&mut self, by: Instant) -> anyhow::Result<()> {
        let (one, other) = CUT;
        self.until("there is a link to renew", by, |cluster| {
            cluster.linked(one, other)
        })
        .await?;
        let homes = &self.cluster.homes;
        let peer = homes[other].name.parse()?;
        Ok(Client::new(&homes[one].socket).renew(&peer).await?)
    }

    /// What both ends say of the relayed link.
    async fn ends_of_cut(&self) -> anyhow::Result<[LinkStatus; 2]> {
        let (one, other) = CUT;
        Ok([self.link(one, other).await?, self.link(other, one).await?])
    }

    async fn link(&self, node: usize, peer: usize) -> anyhow::Result<LinkStatus> {
        let (home, peer) = (&self.cluster.homes[node], &self.cluster.homes[peer].name);
        let status = Client::new(&home.socket).status().await;
        let status =
            status.with_context(|| format!("failed to ask {} for its links", home.name))?;
        let link = status.links.into_iter().find(|link| link.name == *peer);
        link.with_context(|| format!("{} has no link to {peer}", home.name))
    }
}

/// Events that have arrived over a link more than once.
fn doubles(link: &LinkStatus) -> u64 {
    link.classes.values().map(|books| books.duplicate).sum()
}
