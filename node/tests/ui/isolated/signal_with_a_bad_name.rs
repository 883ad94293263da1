use farc::Signal;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("")]
struct Empty;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dining hungry")]
struct Space;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dining.*")]
struct Wildcard;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dinîng")]
struct Umlaut;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dining..hungry")]
struct Gap;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dining.")]
struct Dot;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q")]
struct Deep;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
struct Long;

fn main() {}
