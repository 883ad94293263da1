use std::{net::TcpStream, sync::mpsc::SyncSender, thread::JoinHandle};

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    field0: TcpStream,
    field1: SyncSender<u8>,
    field2: JoinHandle<()>,
    field3: Box<dyn std::any::Any + Send>,
}

fn main() {}
