use farc::Signal;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.a", class = "realtime")]
struct A;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.b", delivery = "latest")]
struct B;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.c", version = 2)]
struct C;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.d")]
#[signal("test.e")]
struct D;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.f", retain = 0)]
struct F;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.g", retain = 1, dead_letter)]
struct G;

fn main() {}
