//! The data streams of a live connection.

use std::{collections::btree_map::Entry, sync::Arc};

use bytes::Bytes;

use super::{
    ConnectionId, Event, Fault, Phase, Queued, Session, connection::StreamIn, inbound::Fresh,
};
use crate::{
    close::CloseCode,
    frame::{Batch, Cause, Class, Data, Delivery, Preface, RefuseCode, Refused, SignalDef},
};

impl Session {
    pub(super) fn read_data(
        &mut self,
        conn: ConnectionId,
        number: u64,
        bytes: Bytes,
    ) -> Result<(), Fault> {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &mut connection.phase else {
            return Ok(());
        };
        if live.incoming.len() >= Class::COUNT && !live.incoming.contains_key(&number) {
            return Err(Fault::new(
                CloseCode::Protocol,
                "more data streams than classes",
            ));
        }
        live.incoming
            .entry(number)
            .or_insert_with(StreamIn::new)
            .reader
            .push(bytes);
        let Some(class) = self.stream_class(conn, number)? else {
            return Ok(());
        };
        self.peer_knows_us(conn);
        while let Some(frame) = self.next_frame(conn, number)? {
            match Data::decode(&frame)? {
                Some(data) => self.data(conn, number, class, data)?,
                None => self.counters.ignored_frames += 1,
            }
        }
        Ok(())
    }

    fn next_frame(
        &mut self,
        conn: ConnectionId,
        number: u64,
    ) -> Result<Option<crate::frame::Frame>, Fault> {
        let Some(stream) = self.incoming(conn, number) else {
            return Ok(None);
        };
        Ok(stream.reader.next()?)
    }

    fn incoming(&mut self, conn: ConnectionId, number: u64) -> Option<&mut StreamIn> {
        let Phase::Live(live) = &mut self.connections.get_mut(&conn)?.phase else {
            return None;
        };
        live.incoming.get_mut(&number)
    }

    /// The class of a stream, from its preface; `None` until that has come.
    fn stream_class(&mut self, conn: ConnectionId, number: u64) -> Result<Option<Class>, Fault> {
        let Some(stream) = self.incoming(conn, number) else {
            return Ok(None);
        };
        if stream.class.is_some() {
            return Ok(stream.class);
        }
        let Some(preface) = stream.reader.take() else {
            return Ok(None);
        };
        let class = Preface::decode(preface)?.class;
        if !class.is_configured() {
            return Err(Fault::new(
                CloseCode::Unsupported,
                format!("class {class:?} is not configured"),
            ));
        }
        stream.class = Some(class);
        let Some(connection) = self.connections.get(&conn) else {
            return Ok(None);
        };
        let Phase::Live(live) = &connection.phase else {
            return Ok(None);
        };
        if live
            .incoming
            .values()
            .filter(|stream| stream.class == Some(class))
            .count()
            > 1
        {
            return Err(Fault::new(
                CloseCode::Protocol,
                format!("a second stream of class {class:?}"),
            ));
        }
        Ok(Some(class))
    }

    fn data(
        &mut self,
        conn: ConnectionId,
        number: u64,
        class: Class,
        data: Data,
    ) -> Result<(), Fault> {
        match data {
            Data::Def(def) => self.define_theirs(conn, class, def),
            Data::ActorDef { id, name } => self.define_their_actor(conn, id, name),
            Data::Interest(version) => {
                if version > self.ours.announced {
                    return Err(Fault::new(
                        CloseCode::Protocol,
                        "INTEREST with a version that was not sent",
                    ));
                }
                if let Some(stream) = self.incoming(conn, number) {
                    stream.version = version;
                }
                Ok(())
            }
            Data::Batch(batch) => {
                let version = self
                    .incoming(conn, number)
                    .map_or(0, |stream| stream.version);
                self.batch(conn, class, version, &batch)
            }
            Data::Gap {
                from,
                to,
                cause,
                counts,
            } => self.gap(class, (from, to), cause, counts),
            Data::Loss {
                seq,
                signal,
                account,
                count,
                cause,
            } => self.loss(class, seq, (signal, account, count), cause),
        }
    }

    fn batch(
        &mut self,
        conn: ConnectionId,
        class: Class,
        version: u64,
        batch: &Batch,
    ) -> Result<(), Fault> {
        let Some(connection) = self.connections.get(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &connection.phase else {
            return Ok(());
        };
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let life = remote.life;
        let fresh = self.receivers[class.index()].batch(batch, &live.known[class.index()])?;
        if let Some(Fresh {
            first,
            up_to,
            messages,
        }) = fresh
        {
            self.push(Event::Messages {
                life,
                class,
                version,
                first,
                up_to,
                messages,
            });
        }
        Ok(())
    }

    fn gap(
        &mut self,
        class: Class,
        (from, to): (u64, u64),
        cause: Cause,
        counts: Vec<(u32, u64)>,
    ) -> Result<(), Fault> {
        let receiver = &mut self.receivers[class.index()];
        let Some(from) = receiver.skip("GAP", from, to)? else {
            return Ok(());
        };
        receiver.books.gaps += 1;
        receiver.count_lost(cause, to + 1 - from);
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let event = Event::Gap {
            life: remote.life,
            class,
            from,
            to,
            cause,
            counts,
        };
        self.events.push_back(Queued::Told {
            event,
            class,
            from,
            to,
        });
        Ok(())
    }

    fn loss(
        &mut self,
        class: Class,
        seq: u64,
        (signal, account, count): (u32, u32, u64),
        cause: Cause,
    ) -> Result<(), Fault> {
        let receiver = &mut self.receivers[class.index()];
        if receiver.skip("LOSS", seq, seq)?.is_none() {
            return Ok(());
        }
        receiver.count_lost(cause, count);
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let event = Event::Loss {
            life: remote.life,
            class,
            signal,
            account,
            count,
            cause,
        };
        self.events.push_back(Queued::Told {
            event,
            class,
            from: seq,
            to: seq,
        });
        Ok(())
    }

    fn define_theirs(
        &mut self,
        conn: ConnectionId,
        class: Class,
        def: SignalDef,
    ) -> Result<(), Fault> {
        if def.id > self.settings.limits.signals {
            return Err(Fault::new(
                CloseCode::Limit,
                format!("signal id {} is above the bound", def.id),
            ));
        }
        if def.class != class {
            let reason = format!(
                "signal {} of class {:?} on a stream of {class:?}",
                def.name, def.class
            );
            return Err(Fault::new(CloseCode::Protocol, reason));
        }
        let Some(remote) = &mut self.remote else {
            return Ok(());
        };
        let def = match remote.signals.entry(def.id) {
            Entry::Vacant(free) => Arc::clone(free.insert(Arc::new(def))),
            Entry::Occupied(known) if **known.get() == def => Arc::clone(known.get()),
            Entry::Occupied(known) => {
                let reason = format!(
                    "signal {} was {} before and is {} now",
                    def.id,
                    known.get().name,
                    def.name
                );
                return Err(Fault::new(CloseCode::Protocol, reason));
            }
        };
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &mut connection.phase else {
            return Ok(());
        };
        let known = &mut live.known[class.index()];
        if !known.signals.insert(def.id) {
            return Ok(());
        }
        if def.delivery == Delivery::Reliable {
            self.push(Event::Defined { conn, class, def });
        } else {
            known.unsupported.insert(def.id);
            live.refusals
                .insert(Refused::Signal(def.id), RefuseCode::Unsupported);
        }
        Ok(())
    }

    fn define_their_actor(
        &mut self,
        conn: ConnectionId,
        id: u32,
        name: Arc<str>,
    ) -> Result<(), Fault> {
        if id == 0 || id > self.settings.limits.actors {
            return Err(Fault::new(
                CloseCode::Limit,
                format!("actor id {id} is outside the bound"),
            ));
        }
        let Some(remote) = &mut self.remote else {
            return Ok(());
        };
        let known = remote.actors.entry(id).or_insert_with(|| Arc::clone(&name));
        if **known != *name {
            return Err(Fault::new(
                CloseCode::Protocol,
                format!("actor {id} was {known} before and is {name} now"),
            ));
        }
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &mut connection.phase else {
            return Ok(());
        };
        if live.actors.insert(id) {
            self.push(Event::ActorDefined { conn, id, name });
        }
        Ok(())
    }
}
