use farc::Signal;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("$sys.node_up")]
struct NodeUp;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("$sys.node_down", system)]
struct NodeDown;

fn main() {}
