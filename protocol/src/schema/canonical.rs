//! The one byte form of a structure, and the digests over it.
//!
//! Pre-order; each node is a tag; each string, list and number behind it is preceded by its length or has a fixed width;
//! each node with children is closed by an end tag. Nothing can therefore be read in two ways: a name cannot run into
//! the next, nor a field slip out of its struct. The algorithm's own name comes first, so that a later one differs.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{Address, Fields, Foreign, Int, Structure, Variant};

/// The algorithm that makes the bytes. Another value for any change below.
const ALGORITHM: &[u8] = b"FSH01";
/// What turns a value of a structure into bytes. Part of the layout: equal `wire` means that bytes decode alike.
const CODEC: &str = "bincode2-standard";

const WIRE: u8 = b'W';
const SCHEMA: u8 = b'S';
const END: u8 = 0xff;

mod tag {
    pub(super) const BOOL: u8 = 0x01;
    pub(super) const F32: u8 = 0x02;
    pub(super) const F64: u8 = 0x03;
    pub(super) const CHAR: u8 = 0x04;
    pub(super) const STRING: u8 = 0x05;
    pub(super) const BLOB: u8 = 0x06;
    pub(super) const DURATION: u8 = 0x07;
    pub(super) const INT: u8 = 0x10;
    pub(super) const NON_ZERO: u8 = 0x20;
    pub(super) const ADDRESS: u8 = 0x30;
    pub(super) const OPTION: u8 = 0x40;
    pub(super) const SEQ: u8 = 0x41;
    pub(super) const SET: u8 = 0x42;
    pub(super) const MAP: u8 = 0x43;
    pub(super) const ARRAY: u8 = 0x44;
    /// Values in a row without names: tuples, and in the layout every struct.
    pub(super) const PRODUCT: u8 = 0x45;
    pub(super) const ENUM: u8 = 0x46;
    pub(super) const UNIT: u8 = 0x47;
    pub(super) const STRUCT: u8 = 0x48;
    pub(super) const FIELDS_UNIT: u8 = 0x50;
    pub(super) const FIELDS_NEWTYPE: u8 = 0x51;
    pub(super) const FIELDS_TUPLE: u8 = 0x52;
    pub(super) const FIELDS_NAMED: u8 = 0x53;
    pub(super) const FOREIGN: u8 = 0x60;
}

/// SHA-256 of a canonical form, truncated to 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    fn of(canonical: &[u8]) -> Self {
        let digest = Sha256::digest(canonical);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl Structure {
    /// Identifies the layout: equal fingerprints mean that the same bytes decode to the same values.
    ///
    /// Names do not count, nor does a newtype around a value, nor whether values in a row are a tuple or a struct.
    pub fn wire_fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.canonical_wire())
    }

    /// Identifies the layout and every name in it, under the name of the signal.
    ///
    /// Where `wire` is equal and this differs, values still decode, but the two sides call something by another name.
    pub fn schema_fingerprint(&self, name: &str) -> Fingerprint {
        Fingerprint::of(&self.canonical_schema(name))
    }

    /// The canonical form of the layout, of which [`wire_fingerprint`](Self::wire_fingerprint) is the digest.
    pub fn canonical_wire(&self) -> Vec<u8> {
        let mut out = Writer::new(WIRE, false);
        out.structure(self);
        out.bytes
    }

    /// The canonical form with names, of which [`schema_fingerprint`](Self::schema_fingerprint) is the digest.
    pub fn canonical_schema(&self, name: &str) -> Vec<u8> {
        let mut out = Writer::new(SCHEMA, true);
        out.string(name);
        out.structure(self);
        out.bytes
    }
}

struct Writer {
    bytes: Vec<u8>,
    /// Whether names count, and with them what makes a struct differ from a tuple.
    names: bool,
}

impl Writer {
    fn new(form: u8, names: bool) -> Self {
        let mut writer = Self {
            bytes: ALGORITHM.to_vec(),
            names,
        };
        writer.tag(form);
        writer.string(CODEC);
        writer
    }

    fn tag(&mut self, tag: u8) {
        self.bytes.push(tag);
    }

    fn number(&mut self, number: usize) {
        self.bytes.extend_from_slice(&(number as u64).to_le_bytes());
    }

    fn string(&mut self, text: &str) {
        self.number(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn name(&mut self, name: &str) {
        if self.names {
            self.string(name);
        }
    }

    fn structure(&mut self, structure: &Structure) {
        match structure {
            Structure::Bool => self.tag(tag::BOOL),
            Structure::F32 => self.tag(tag::F32),
            Structure::F64 => self.tag(tag::F64),
            Structure::Char => self.tag(tag::CHAR),
            Structure::String => self.tag(tag::STRING),
            Structure::Blob => self.tag(tag::BLOB),
            Structure::Duration => self.tag(tag::DURATION),
            Structure::Int(int) => self.tag(tag::INT + int_code(*int)),
            Structure::NonZero(int) => self.tag(tag::NON_ZERO + int_code(*int)),
            Structure::Address(address) => self.tag(tag::ADDRESS + address_code(*address)),
            Structure::Foreign(foreign) => self.tag(tag::FOREIGN + foreign_code(*foreign)),
            Structure::Unit if self.names => self.tag(tag::UNIT),
            Structure::Unit => self.row(tag::PRODUCT, [].iter()),
            Structure::Option(inner) => self.enclosed(tag::OPTION, &[inner]),
            Structure::Seq(inner) => self.enclosed(tag::SEQ, &[inner]),
            Structure::Set(inner) => self.enclosed(tag::SET, &[inner]),
            Structure::Map(key, value) => self.enclosed(tag::MAP, &[key, value]),
            Structure::Array(inner, count) => {
                self.tag(tag::ARRAY);
                self.number(*count);
                self.structure(inner);
                self.tag(END);
            }
            Structure::Tuple(elements) => self.row(tag::PRODUCT, elements.iter()),
            Structure::Struct { name, fields } if self.names => {
                self.tag(tag::STRUCT);
                self.string(name);
                self.named_fields(fields);
                self.tag(END);
            }
            Structure::Struct { fields, .. } => self.bare_fields(fields),
            Structure::Enum { name, variants } => self.choice(name, variants),
        }
    }

    fn enclosed(&mut self, tag: u8, parts: &[&Structure]) {
        self.tag(tag);
        for part in parts {
            self.structure(part);
        }
        self.tag(END);
    }

    fn row<'a>(&mut self, tag: u8, parts: impl ExactSizeIterator<Item = &'a Structure>) {
        self.tag(tag);
        self.number(parts.len());
        for part in parts {
            self.structure(part);
        }
        self.tag(END);
    }

    fn choice(&mut self, name: &str, variants: &[Variant]) {
        self.tag(tag::ENUM);
        self.name(name);
        self.number(variants.len());
        for variant in variants {
            self.name(&variant.name);
            if self.names {
                self.named_fields(&variant.fields);
            } else {
                self.bare_fields(&variant.fields);
            }
        }
        self.tag(END);
    }

    /// The layout: what the bytes show of them.
    fn bare_fields(&mut self, fields: &Fields) {
        match fields {
            Fields::Unit => self.row(tag::PRODUCT, [].iter()),
            Fields::Newtype(inner) => self.structure(inner),
            Fields::Tuple(elements) => self.row(tag::PRODUCT, elements.iter()),
            Fields::Named(fields) => {
                self.row(tag::PRODUCT, fields.iter().map(|field| &field.structure))
            }
        }
    }

    fn named_fields(&mut self, fields: &Fields) {
        match fields {
            Fields::Unit => self.tag(tag::FIELDS_UNIT),
            Fields::Newtype(inner) => self.enclosed(tag::FIELDS_NEWTYPE, &[inner]),
            Fields::Tuple(elements) => self.row(tag::FIELDS_TUPLE, elements.iter()),
            Fields::Named(fields) => {
                self.tag(tag::FIELDS_NAMED);
                self.number(fields.len());
                for field in fields {
                    self.string(&field.name);
                    self.structure(&field.structure);
                }
                self.tag(END);
            }
        }
    }
}

fn int_code(int: Int) -> u8 {
    match int {
        Int::U8 => 0,
        Int::U16 => 1,
        Int::U32 => 2,
        Int::U64 => 3,
        Int::U128 => 4,
        Int::I8 => 8,
        Int::I16 => 9,
        Int::I32 => 10,
        Int::I64 => 11,
        Int::I128 => 12,
    }
}

fn address_code(address: Address) -> u8 {
    match address {
        Address::Ip => 0,
        Address::Ipv4 => 1,
        Address::Ipv6 => 2,
        Address::Socket => 3,
        Address::SocketV4 => 4,
        Address::SocketV6 => 5,
    }
}

fn foreign_code(foreign: Foreign) -> u8 {
    match foreign {
        Foreign::Uuid => 0,
        Foreign::Json => 1,
        Foreign::Timestamp => 2,
        Foreign::Date => 3,
        Foreign::Time => 4,
        Foreign::DateTime => 5,
        Foreign::Span => 6,
        Foreign::SignedDuration => 7,
    }
}
