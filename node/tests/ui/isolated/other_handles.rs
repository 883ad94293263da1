use std::{fs::File, net::TcpStream, sync::mpsc::SyncSender, thread::JoinHandle};

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    field0: File,
    field1: TcpStream,
    field2: SyncSender<u8>,
    field3: JoinHandle<()>,
    field4: Box<dyn std::any::Any + Send>,
}

fn main() {}
