//! Bytes of some values of a structure, made without the type: to check that the two agree.

use super::{Address, Fields, Foreign, Int, Structure, Variant};

/// The most samples of one structure: an enum of more variants is tried in part.
const MAX_SAMPLES: usize = 64;

/// Sets, maps and sequences get one element: two could be out of an order that only the type knows.
const ELEMENTS: u8 = 1;

impl Structure {
    /// Encodings of a few values: between them, every alternative of every enum (of up to 64) and option.
    pub fn samples(&self) -> Vec<Vec<u8>> {
        let rounds = self.alternatives().clamp(2, MAX_SAMPLES);
        (0..rounds)
            .map(|round| {
                Sample {
                    round,
                    out: Vec::new(),
                }
                .of(self)
            })
            .collect()
    }

    /// The most alternatives at one place.
    fn alternatives(&self) -> usize {
        match self {
            Self::Bool
            | Self::Int(_)
            | Self::NonZero(_)
            | Self::F32
            | Self::F64
            | Self::Char
            | Self::String
            | Self::Blob
            | Self::Duration
            | Self::Address(_)
            | Self::Foreign(_)
            | Self::Unit => 1,
            Self::Option(inner) => inner.alternatives().saturating_add(1),
            Self::Seq(inner) | Self::Set(inner) | Self::Array(inner, _) => inner.alternatives(),
            Self::Map(key, value) => key.alternatives().max(value.alternatives()),
            Self::Tuple(elements) => most(elements.iter()),
            Self::Struct { fields, .. } => fields.alternatives(),
            // A variant with alternatives of its own has its turn as often as they need.
            Self::Enum { variants, .. } => {
                let inside = variants
                    .iter()
                    .map(|variant| variant.fields.alternatives())
                    .max();
                variants.len().saturating_mul(inside.unwrap_or(1))
            }
        }
    }
}

impl Fields {
    fn alternatives(&self) -> usize {
        match self {
            Self::Unit => 1,
            Self::Newtype(inner) => inner.alternatives(),
            Self::Tuple(elements) => most(elements.iter()),
            Self::Named(fields) => most(fields.iter().map(|field| &field.structure)),
        }
    }
}

fn most<'a>(parts: impl Iterator<Item = &'a Structure>) -> usize {
    parts.map(Structure::alternatives).max().unwrap_or(1)
}

struct Sample {
    round: usize,
    out: Vec<u8>,
}

impl Sample {
    fn of(mut self, structure: &Structure) -> Vec<u8> {
        self.value(structure, self.round);
        self.out
    }

    /// A number below what takes more than one byte, and never 0.
    fn small(&self) -> u8 {
        u8::try_from(self.round % 100).unwrap_or(0) + 1
    }

    fn value(&mut self, structure: &Structure, turn: usize) {
        match structure {
            Structure::Bool => self.out.push(u8::from(turn % 2 == 1)),
            Structure::Int(int) | Structure::NonZero(int) => self.int(*int),
            Structure::F32 => self
                .out
                .extend_from_slice(&f32::from(self.small()).to_le_bytes()),
            Structure::F64 => self
                .out
                .extend_from_slice(&f64::from(self.small()).to_le_bytes()),
            Structure::Char => self.out.push(b'a'),
            Structure::String | Structure::Blob => self.out.extend_from_slice(&[2, b'o', b'k']),
            Structure::Duration => self.out.extend_from_slice(&[self.small(), self.small()]),
            Structure::Address(address) => self.address(*address, turn),
            Structure::Foreign(foreign) => self.foreign(*foreign),
            Structure::Unit => {}
            Structure::Option(inner) => self.option(inner, turn),
            Structure::Seq(inner) | Structure::Set(inner) => {
                self.out.push(ELEMENTS);
                self.value(inner, turn);
            }
            Structure::Map(key, value) => {
                self.out.push(ELEMENTS);
                self.value(key, turn);
                self.value(value, turn);
            }
            Structure::Array(inner, count) => (0..*count).for_each(|_| self.value(inner, turn)),
            Structure::Tuple(elements) => elements
                .iter()
                .for_each(|element| self.value(element, turn)),
            Structure::Struct { fields, .. } => self.fields(fields, turn),
            Structure::Enum { variants, .. } => self.variant(variants, turn),
        }
    }

    /// The integers are variable-length: every type but the single bytes takes its small values in one byte, too.
    fn int(&mut self, int: Int) {
        let zigzag = if matches!(int, Int::I16 | Int::I32 | Int::I64 | Int::I128) {
            2
        } else {
            1
        };
        self.out.push(self.small() * zigzag);
    }

    fn address(&mut self, address: Address, turn: usize) {
        let (family, octets, port) = match (address, turn % 2) {
            (Address::Ipv4, _) => (None, 4, false),
            (Address::Ipv6, _) => (None, 16, false),
            (Address::SocketV4, _) => (None, 4, true),
            (Address::SocketV6, _) => (None, 16, true),
            (Address::Ip, 0) => (Some(0), 4, false),
            (Address::Ip, _) => (Some(1), 16, false),
            (Address::Socket, 0) => (Some(0), 4, true),
            (Address::Socket, _) => (Some(1), 16, true),
        };
        self.out.extend(family);
        self.out.extend(std::iter::repeat_n(self.small(), octets));
        self.out.extend(port.then(|| self.small()));
    }

    fn foreign(&mut self, foreign: Foreign) {
        let sixteen = [self.small(); 16];
        let bytes = foreign.sample().map_or(&sixteen[..], str::as_bytes);
        // Each is shorter than 251 bytes, so that its length is one.
        self.out.push(u8::try_from(bytes.len()).unwrap_or(0));
        self.out.extend_from_slice(bytes);
    }

    fn option(&mut self, inner: &Structure, turn: usize) {
        match turn.checked_sub(1) {
            None => self.out.push(0),
            Some(turn) => {
                self.out.push(1);
                self.value(inner, turn);
            }
        }
    }

    fn variant(&mut self, variants: &[Variant], turn: usize) {
        let count = variants.len().max(1);
        let index = turn % count;
        let Some(variant) = variants.get(index) else {
            return;
        };
        self.index(index);
        self.fields(&variant.fields, turn / count);
    }

    fn index(&mut self, index: usize) {
        // Above 250 an integer takes a marker and two bytes; an enum of more is not tried that far.
        self.out.push(u8::try_from(index).unwrap_or(0));
    }

    fn fields(&mut self, fields: &Fields, turn: usize) {
        match fields {
            Fields::Unit => {}
            Fields::Newtype(inner) => self.value(inner, turn),
            Fields::Tuple(elements) => elements
                .iter()
                .for_each(|element| self.value(element, turn)),
            Fields::Named(fields) => fields
                .iter()
                .for_each(|field| self.value(&field.structure, turn)),
        }
    }
}
