//! From the text of a file to a [`NodeConfig`]: section by section, then what must hold between them.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use farc_protocol::limits::Limits;
use farc_protocol::name::{ClusterName, NodeName};

use super::domains::KnownDomains;
use super::identity;
use super::report::{Code, Diagnostic, Diagnostics};
use super::section::Section;
use super::suggest::{listed, nearest};
use super::supervision;
use super::value::{duration, host_and_port, integer, listen, one_of, parsed, path, size, string};
use super::{
    ActorConfig, ActorTypes, AdminOf, DEFAULT_CLUSTER, DEFAULT_SHUTDOWN, LinkConfig, LogConfig,
    LogFormat, NodeConfig, Params, TraceConfig, TraceFormat,
};
use crate::actor::Overflow;
use crate::link::{Identity, Peer};

const ROOT: &[&str] = &[
    "node", "tls", "peer", "domain", "actor", "admin", "log", "trace", "shutdown", "watchdog",
    "limits",
];
const NODE: &[&str] = &["name", "cluster", "listen"];
const TLS: &[&str] = &["ca", "cert", "key"];
const PEER: &[&str] = &["name", "address"];
const ACTOR: &[&str] = &[
    "name", "type", "domain", "priority", "mailbox", "overflow", "restart", "params",
];
const ADMIN: &[&str] = &["socket"];
const LOG: &[&str] = &["filter", "format"];
const TRACE: &[&str] = &["file", "format"];
const SHUTDOWN: &[&str] = &["deadline"];
const LIMITS: &[&str] = &[
    "memory",
    "ring_messages",
    "ring_bytes",
    "ring_age",
    "outbox_messages",
    "outbox_bytes",
    "interest_age",
    "subscriptions",
];

/// WIRE section 16: peers a node.
const MAX_PEERS: usize = 256;
/// A domain has 64 priority levels.
pub(super) const MAX_PRIORITY: u64 = 63;
/// A million events of 64 bytes are 64 MiB: beyond that a longer queue only hides that the actor is too slow.
const MAX_MAILBOX: u64 = 1 << 20;
/// `sockaddr_un` holds 108 bytes with the final zero.
const MAX_SOCKET_PATH: usize = 107;
/// Long enough for any flush, short enough that a wrong unit is noticed.
const SHUTDOWN_RANGE: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(600);

/// A ring must hold two of the largest messages, or it could never be refilled while one is under way.
const MIN_QUEUE_BYTES: u64 = 2 * farc_protocol::limits::BATCH_LEN as u64;
/// More than this per peer only hides that the peer is gone.
const MAX_QUEUE_BYTES: u64 = 1 << 30;
/// Indices of queues and tables are 32 bits wide.
const MAX_QUEUE_MESSAGES: u64 = 1 << 24;
/// What peers may make a node hold, unless the file says otherwise (WIRE section 16).
const DEFAULT_MEMORY: u64 = 512 << 20;
/// From a link that may not hang for a moment to one that is dialled up once a day.
const AGE_RANGE: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(86_400);

/// A DNS label, in the words of the person who writes it.
const LABEL: &str = "at most 63 lower-case letters, digits and hyphens";

pub(super) fn load(
    path: &Path,
    types: &ActorTypes,
    now: SystemTime,
) -> Result<NodeConfig, Diagnostics> {
    let shown = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let title = format!("cannot read {shown}: {error}");
            let help = "give the path of a config file; one with every setting is printed by `config init`";
            let found = Diagnostic::without_place(Code::Unreadable, title, help);
            return Err(Diagnostics::new(shown, String::new(), vec![found]));
        }
    };
    let mut reader = Reader {
        types,
        now,
        base: path.parent().unwrap_or_else(|| Path::new("")),
        origin: &shown,
        text: &text,
        found: Vec::new(),
    };
    let config = reader.file();
    let found = reader.found;
    match config {
        Some(config) if found.is_empty() => Ok(config),
        _ => Err(Diagnostics::new(shown, text, found)),
    }
}

pub(super) fn admin_of(path: &Path) -> Option<AdminOf> {
    let text = fs::read_to_string(path).ok()?;
    let (root, _) = DeTable::parse_recoverable(&text);
    let key = |section: &str, key: &str| {
        let value = root.get_ref().get(section)?.get_ref().get(key)?;
        value.get_ref().as_str().map(str::to_owned)
    };
    Some(AdminOf {
        name: key("node", "name")?,
        cluster: key("node", "cluster").unwrap_or_else(|| DEFAULT_CLUSTER.to_owned()),
        socket: key("admin", "socket").map(|socket| below(path.parent(), Path::new(&socket))),
    })
}

fn below(base: Option<&Path>, path: &Path) -> PathBuf {
    base.map_or_else(|| path.to_path_buf(), |base| base.join(path))
}

pub(super) struct Reader<'r> {
    types: &'r ActorTypes,
    now: SystemTime,
    base: &'r Path,
    origin: &'r str,
    text: &'r str,
    pub(super) found: Vec<Diagnostic>,
}

/// `[node]`, with the places that other sections are held against.
struct NodeSection {
    name: Option<Spanned<NodeName>>,
    cluster: Option<ClusterName>,
    /// The inner `None` when what stands there is wrong, which was reported.
    listen: Option<Option<Spanned<SocketAddr>>>,
    header: Range<usize>,
}

impl Reader<'_> {
    /// `None` when something that the rest hangs on is wrong; then `found` says what.
    fn file(&mut self) -> Option<NodeConfig> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            // What was recovered from broken text says little about what was meant.
            self.syntax(&errors);
            return None;
        }
        let root = Section::root(&mut self.found, &root, ROOT);

        let node = self.node(&root);
        let identity = self.tls(&root, node.as_ref());
        let peers = self.peers(&root, node.as_ref());
        let domains = self.domains(&root);
        let actors = self.actors(&root, &domains);
        let admin = self.admin(&root);
        let log = self.log(&root);
        let trace = self.trace(&root);
        let shutdown = self.shutdown(&root);
        let watchdog = supervision::watchdog(&root, &mut self.found);
        let limits = self.limits(&root, peers.len());
        let node = node?;
        let link = self.link(&root, &node, identity, peers);
        Some(NodeConfig {
            name: node.name?.into_inner(),
            cluster: node.cluster?,
            link,
            domains: domains.configs(),
            actors,
            limits,
            admin,
            log,
            trace,
            shutdown,
            watchdog,
        })
    }

    fn syntax(&mut self, errors: &[toml::de::Error]) {
        for error in errors {
            let end = self.text.len();
            self.found.push(Diagnostic::new(
                Code::Syntax,
                "this is not TOML",
                error.span().unwrap_or(end..end),
                error.message(),
                "strings need double quotes; sections are `[name]`, lists of sections `[[name]]`",
            ));
        }
    }

    fn node(&mut self, root: &Section<'_>) -> Option<NodeSection> {
        let Some(section) = root.section(&mut self.found, "node", "[node]", NODE) else {
            if root.raw("node").is_none() && !root.is_misspelt("node") {
                self.found.push(Diagnostic::new(
                    Code::MissingKey,
                    "the file has no [node] section",
                    0..self.text.len(),
                    "expected a section `[node]`",
                    "add `[node]` and below it `name = \"…\"`",
                ));
            }
            return None;
        };
        let help = "it is a DNS label: part of the name in the node's certificate";
        let found = &mut self.found;
        let name = section.required(found, "name", "\"node-a\"", parsed(LABEL, help));
        let cluster = if section.raw("cluster").is_some() {
            section
                .optional(found, "cluster", parsed(LABEL, help))
                .map(Spanned::into_inner)
        } else {
            DEFAULT_CLUSTER.parse().ok()
        };
        Some(NodeSection {
            name,
            cluster,
            listen: (section.raw("listen").is_some() || section.is_misspelt("listen"))
                .then(|| section.optional(found, "listen", listen)),
            header: section.span(),
        })
    }

    /// The identity in `[tls]`; the outer `None` when there is no such section.
    fn tls(&mut self, root: &Section<'_>, node: Option<&NodeSection>) -> Option<Option<Identity>> {
        root.raw("tls")?;
        let Some(section) = root.section(&mut self.found, "tls", "[tls]", TLS) else {
            return Some(None);
        };
        let found = &mut self.found;
        let ca = section.required(found, "ca", "\"certs/ca.pem\"", path);
        let cert = section.required(found, "cert", "\"certs/node-a.pem\"", path);
        let key = section.required(found, "key", "\"certs/node-a.key\"", path);
        let (Some(ca), Some(cert), Some(key)) = (ca, cert, key) else {
            return Some(None);
        };
        let files = identity::Files {
            base: self.base,
            ca,
            cert,
            key,
        };
        let identity = files.read(&mut self.found);
        let name = node.and_then(|node| node.name.as_ref());
        let cluster = node.and_then(|node| node.cluster.as_ref());
        if let (Some(identity), Some(name), Some(cluster)) = (&identity, name, cluster) {
            files.check(&mut self.found, identity, name, cluster, self.now);
        }
        Some(identity)
    }

    fn peers(&mut self, root: &Section<'_>, node: Option<&NodeSection>) -> Vec<Peer> {
        let sections = root.list(&mut self.found, "peer", "[[peer]]", PEER);
        if let Some(first_beyond) = sections.get(MAX_PEERS) {
            self.found.push(Diagnostic::new(
                Code::BadValue,
                format!("{} peers are too many", sections.len()),
                first_beyond.span(),
                format!("expected at most {MAX_PEERS}"),
                "memory per peer is bounded by their number",
            ));
        }
        let own = node.and_then(|node| node.name.as_ref());
        let mut names = BTreeMap::new();
        let mut peers = Vec::new();
        for section in sections {
            let help = "the name in the peer's certificate, not its host name";
            let found = &mut self.found;
            let name: Option<Spanned<NodeName>> =
                section.required(found, "name", "\"node-b\"", parsed(LABEL, help));
            let address =
                section.required(found, "address", "\"node-b.local:4433\"", host_and_port);
            let Some(name) = name else { continue };
            if let Some(own) = own.filter(|own| own.get_ref() == name.get_ref()) {
                let title = "peer has this node's own name";
                let help = "a peer is another node: remove this [[peer]] or correct its name";
                found.push(
                    Diagnostic::new(
                        Code::OwnName,
                        title,
                        name.span(),
                        "expected another node",
                        help,
                    )
                    .also(own.span(), "this node's name"),
                );
            }
            self.unique(&mut names, "peer", name.get_ref().as_ref(), name.span());
            if let Some(address) = address {
                peers.push(Peer {
                    name: name.into_inner(),
                    address: address.into_inner(),
                });
            }
        }
        peers
    }

    pub(super) fn unique(
        &mut self,
        names: &mut BTreeMap<String, Range<usize>>,
        what: &str,
        name: &str,
        at: Range<usize>,
    ) {
        let Some(first) = names.get(name) else {
            names.insert(name.to_owned(), at);
            return;
        };
        let title = format!("two {what}s are named `{name}`");
        let help = format!(
            "give one of them another name or remove it: {what} names are unique in a file"
        );
        self.found.push(
            Diagnostic::new(Code::Duplicate, title, at, "expected a new name", help)
                .also(first.clone(), "the first one"),
        );
    }

    fn actors(&mut self, root: &Section<'_>, domains: &KnownDomains) -> Vec<ActorConfig> {
        let mut names = BTreeMap::new();
        let mut actors = Vec::new();
        for section in root.list(&mut self.found, "actor", "[[actor]]", ACTOR) {
            let found = &mut self.found;
            let name = section.required(found, "name", "\"thermostat/kitchen\"", actor_name);
            let kind = section.required(found, "type", "\"thermostat\"", string);
            let priority = integer(0..=MAX_PRIORITY, "63 runs first, 0 last");
            let priority = section.optional(found, "priority", priority);
            let mailbox = integer(
                2..=MAX_MAILBOX,
                "how many events may wait for the actor; half of them may come from other threads",
            );
            let mailbox = section.optional(found, "mailbox", mailbox);
            let overflow = one_of(&[
                ("reject", Overflow::Reject),
                ("drop_oldest", Overflow::DropOldest),
                ("drop_newest", Overflow::DropNewest),
                ("conflate", Overflow::Conflate),
                ("fault", Overflow::Fault),
            ]);
            let overflow = section.optional(found, "overflow", overflow);
            let restart = supervision::restart(&section, found);
            let domain = section.optional(found, "domain", string);
            let domain = domains.of(found, &section, domain.as_ref(), priority.as_ref());
            if let Some(name) = &name {
                self.unique(&mut names, "actor", name.get_ref(), name.span());
            }
            let params = kind.as_ref().and_then(|kind| self.params(&section, kind));
            let (Some(name), Some(kind), Some(params)) = (name, kind, params) else {
                continue;
            };
            let mut actor = ActorConfig::new(name.get_ref(), kind.get_ref()).with(params);
            if let Some(priority) = priority.and_then(|value| u8::try_from(*value.get_ref()).ok()) {
                actor.priority = priority;
            }
            if let Some(mailbox) = mailbox.and_then(|value| usize::try_from(*value.get_ref()).ok())
            {
                actor.mailbox = mailbox;
            }
            if let Some(restart) = restart {
                actor.restart = restart;
            }
            if let Some(overflow) = overflow {
                actor.overflow = *overflow.get_ref();
            }
            if let Some(domain) = domain {
                actor.domain = domain;
            }
            actor.origin = self.place(section.span().start);
            actors.push(actor);
        }
        actors
    }

    /// `file:line`.
    pub(super) fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", self.origin)
    }

    /// The parameters in `section`, held against the type's arguments.
    fn params(&mut self, section: &Section<'_>, kind: &Spanned<String>) -> Option<Params> {
        let none = Spanned::new(section.span(), DeValue::Table(DeTable::new()));
        let value = section.raw("params").unwrap_or(&none);
        let name = kind.get_ref().as_str();
        let Some(checked) = self.types.check(name, value) else {
            let known: Vec<_> = self.types.names().collect();
            let help = nearest(name, known.iter().copied()).map_or_else(
                || {
                    "a type is registered in the binary: `Daemon::new().actor::<A>(\"…\")`"
                        .to_owned()
                },
                |near| format!("did you mean `{near}`?"),
            );
            let expected = if known.is_empty() {
                "this binary has no actor types".to_owned()
            } else {
                format!("expected {}", listed(known))
            };
            let title = format!("unknown actor type `{name}`");
            self.found.push(Diagnostic::new(
                Code::UnknownType,
                title,
                kind.span(),
                expected,
                help,
            ));
            return None;
        };
        let Err(faults) = checked else {
            return Some(Params::of(value));
        };
        for fault in faults {
            let help = if fault.help.is_empty() {
                format!("the params are the arguments that type `{name}` is constructed from")
            } else {
                fault.help.clone()
            };
            let at = fault.at.clone().unwrap_or_else(|| value.span());
            let title = format!("params do not fit type `{name}`: {fault}");
            self.found
                .push(Diagnostic::new(Code::Params, title, at, fault.label, help));
        }
        None
    }

    fn admin(&mut self, root: &Section<'_>) -> Option<PathBuf> {
        let section = root.section(&mut self.found, "admin", "[admin]", ADMIN)?;
        let socket = section.optional(&mut self.found, "socket", path)?;
        let at = socket.span();
        let socket = self.base.join(socket.into_inner());
        if socket.as_os_str().len() > MAX_SOCKET_PATH {
            self.found.push(Diagnostic::new(
                Code::BadValue,
                "the path of the status socket is too long",
                at,
                format!("expected at most {MAX_SOCKET_PATH} bytes, this becomes {}", socket.display()),
                "the system cannot bind longer ones: use an absolute path such as \"/run/farc/node.sock\"",
            ));
        }
        Some(socket)
    }

    fn log(&mut self, root: &Section<'_>) -> LogConfig {
        let Some(section) = root.section(&mut self.found, "log", "[log]", LOG) else {
            return LogConfig::default();
        };
        let filter = |value: &DeValue<'_>| {
            parsed::<tracing_subscriber::EnvFilter>(
                "a log filter",
                "for instance \"info\", \"warn,farc=debug\" or \"farc::link=trace\"",
            )(value)
            .and_then(|_| string(value))
        };
        let format = one_of(&[
            ("auto", LogFormat::Auto),
            ("pretty", LogFormat::Pretty),
            ("json", LogFormat::Json),
        ]);
        let filter = section.optional(&mut self.found, "filter", filter);
        let format = section.optional(&mut self.found, "format", format);
        LogConfig {
            filter: filter.map(Spanned::into_inner),
            format: format.map(Spanned::into_inner).unwrap_or_default(),
        }
    }

    fn trace(&mut self, root: &Section<'_>) -> Option<TraceConfig> {
        let section = root.section(&mut self.found, "trace", "[trace]", TRACE)?;
        let format = one_of(&[("text", TraceFormat::Text), ("vcd", TraceFormat::Vcd)]);
        let found = &mut self.found;
        let file = section.required(found, "file", "\"node-a.trace\"", path);
        let format = section.optional(found, "format", format);
        let file = file?;
        Some(TraceConfig {
            origin: self.place(file.span().start),
            file: below(Some(self.base), file.get_ref()),
            format: format.map(Spanned::into_inner).unwrap_or_default(),
        })
    }

    fn shutdown(&mut self, root: &Section<'_>) -> Duration {
        let help = "container engines kill after 10 s: stay below what yours allows";
        root.section(&mut self.found, "shutdown", "[shutdown]", SHUTDOWN)
            .and_then(|section| {
                section.optional(&mut self.found, "deadline", duration(SHUTDOWN_RANGE, help))
            })
            .map_or(DEFAULT_SHUTDOWN, Spanned::into_inner)
    }

    fn limits(&mut self, root: &Section<'_>, peers: usize) -> Limits {
        let mut limits = Limits::default();
        let mut memory = DEFAULT_MEMORY;
        let section = root.section(&mut self.found, "limits", "[limits]", LIMITS);
        if let Some(section) = &section {
            let found = &mut self.found;
            let mut number = |key, range, into: &mut usize| {
                let read = section.optional(found, key, integer(range, "per peer"));
                if let Some(value) = read.and_then(|value| usize::try_from(value.into_inner()).ok())
                {
                    *into = value;
                }
            };
            let messages = || 64..=MAX_QUEUE_MESSAGES;
            number("ring_messages", messages(), &mut limits.ring_messages);
            number("outbox_messages", messages(), &mut limits.outbox_messages);
            number("subscriptions", 1..=1 << 20, &mut limits.subscriptions);
            let mut bytes = |key, into: &mut usize| {
                let read = size(MIN_QUEUE_BYTES..=MAX_QUEUE_BYTES, "per peer");
                let read = section.optional(found, key, read);
                if let Some(value) = read.and_then(|value| usize::try_from(value.into_inner()).ok())
                {
                    *into = value;
                }
            };
            bytes("ring_bytes", &mut limits.ring_bytes);
            bytes("outbox_bytes", &mut limits.outbox_bytes);
            let mut age = |key, into: &mut Duration| {
                let help = "how long a peer may be away before what waits for it is given up";
                if let Some(value) = section.optional(found, key, duration(AGE_RANGE, help)) {
                    *into = value.into_inner();
                }
            };
            age("ring_age", &mut limits.ring_age);
            age("interest_age", &mut limits.interest_age);
            let total = size(1 << 20..=1 << 40, "the sum over all peers");
            if let Some(value) = section.optional(found, "memory", total) {
                memory = value.into_inner();
            }
        }
        let needed = (limits.ring_bytes as u64 + limits.outbox_bytes as u64) * peers as u64;
        if needed > memory {
            let first_peer = || root.raw("peer").map(Spanned::span);
            let at = section.map(|section| section.span()).or_else(first_peer);
            self.found.push(Diagnostic::new(
                Code::Conflict,
                format!(
                    "what peers may make this node hold ({peers} x {} bytes) exceeds its limit",
                    needed / peers as u64
                ),
                at.unwrap_or(0..0),
                format!(
                    "expected at most {memory} bytes: ring_bytes and outbox_bytes of every peer"
                ),
                "raise `memory` in [limits], or lower `ring_bytes` and `outbox_bytes`",
            ));
        }
        limits
    }

    /// What must hold between `[node]`, `[tls]` and `[[peer]]`.
    fn link(
        &mut self,
        root: &Section<'_>,
        node: &NodeSection,
        identity: Option<Option<Identity>>,
        peers: Vec<Peer>,
    ) -> Option<LinkConfig> {
        let first_peer = root
            .raw("peer")
            .and_then(|list| list.get_ref().as_array()?.first().map(Spanned::span));
        let listen = node.listen.clone();
        let listen_at = listen.iter().flatten().next().map(Spanned::span);
        let origin = listen_at.map(|at| self.place(at.start)).unwrap_or_default();
        let mut conflict = |title: &str, at: Range<usize>, label: &str, help: &str| {
            self.found
                .push(Diagnostic::new(Code::Conflict, title, at, label, help));
        };
        match (identity, listen, first_peer) {
            (Some(identity), Some(listen), _) => Some(LinkConfig {
                listen: listen?.into_inner(),
                identity: identity?,
                peers,
                origin,
            }),
            (Some(_), None, _) => {
                conflict(
                    "a node with [tls] needs an address to listen on",
                    node.header.clone(),
                    "expected a line `listen = …` in this section",
                    "for instance `listen = \"127.0.0.1:4433\"`; for a local node remove [tls]",
                );
                None
            }
            (None, _, Some(peer)) => {
                conflict(
                    "peers without [tls]",
                    peer,
                    "expected a section `[tls]` in this file",
                    "links are always encrypted: `certs dev --out certs --nodes …` makes certificates to begin with",
                );
                None
            }
            (None, Some(Some(listen)), None) => {
                conflict(
                    "an address to listen on without [tls]",
                    listen.span(),
                    "nothing would listen here",
                    "add [tls] to meet other nodes, or remove `listen` for a local node",
                );
                None
            }
            (None, Some(None), None) => None,
            (None, None, None) => None,
        }
    }
}

fn actor_name(value: &DeValue<'_>) -> Result<String, super::value::Fault> {
    const EXPECTED: &str = "a name of letters, digits and `_.@/-`";
    let name = string(value)?;
    let fits = !name.is_empty()
        && name.len() <= 255
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.@/-".contains(&byte));
    if fits {
        Ok(name)
    } else {
        Err(super::value::Fault::bad(
            format!("expected {EXPECTED}, at most 255"),
            "for instance \"thermostat/kitchen\"",
        ))
    }
}
