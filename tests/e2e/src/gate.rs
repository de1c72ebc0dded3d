//! A way to a vendor that a test closes and opens.
//!
//! For answers that take long: how long is the test's to say, by events and not by time.

use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use crate::vendors::Vendors;

/// The way to one vendor, at an address of its own.
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    came: Receiver<()>,
    bar: Arc<Bar>,
}

#[derive(Debug, Default)]
struct Bar {
    closed: Mutex<bool>,
    moved: Condvar,
}

impl Bar {
    fn move_to(&self, closed: bool) {
        *self.closed.lock().unwrap() = closed;
        self.moved.notify_all();
    }

    /// Waits until it is open; who has to wait is told of.
    fn pass(&self, waits: &Sender<()>) {
        let closed = self.closed.lock().unwrap();
        if *closed {
            // A test that has ended asks for nobody.
            let _ = waits.send(());
        }
        drop(self.moved.wait_while(closed, |closed| *closed).unwrap());
    }
}

impl Gate {
    /// An open gate before that vendor.
    pub fn before(vendors: &Vendors, name: &str) -> Self {
        let vendor = vendors.address(name);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, came) = channel();
        let bar = Arc::new(Bar::default());
        let before = Arc::clone(&bar);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (tell, bar) = (tell.clone(), Arc::clone(&before));
                std::thread::spawn(move || pass(&socket, vendor, &bar, &tell));
            }
        });
        Self { address, came, bar }
    }

    /// Where it stands, as the start of an address.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Closes it for connections that come from now on.
    pub fn close(&self) {
        self.bar.move_to(true);
    }

    /// Waits until somebody stands before it with a request.
    pub fn wait(&self) {
        self.came.recv().expect("the gate stands");
    }

    /// Lets through whoever stands before it, and whoever comes.
    pub fn open(&self) {
        self.bar.move_to(false);
    }
}

/// Carries a connection over once the gate is open. Who hangs up without a word is let go.
fn pass(client: &TcpStream, vendor: SocketAddr, bar: &Bar, waits: &Sender<()>) {
    if !matches!(client.peek(&mut [0]), Ok(1..)) {
        return;
    }
    bar.pass(waits);
    let Ok(server) = TcpStream::connect(vendor) else {
        return;
    };
    std::thread::scope(|scope| {
        scope.spawn(|| carry(client, &server));
        carry(&server, client);
    });
}

/// Whoever breaks off ends both directions.
fn carry(mut from: &TcpStream, mut to: &TcpStream) {
    drop(copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Both));
    drop(from.shutdown(Shutdown::Both));
}
