//! What is hard to see from outside: whose turn it is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Waker},
};

use wx_proto::{Config, TransportErrorKind};

use super::*;

#[test]
fn inputs_without_end_leave_room_for_other_tasks() {
    let transport = Transport::with_connector(|_| async {
        pending::<()>().await;
        Err::<futures_lite::io::Cursor<Vec<u8>>, _>(TransportErrorKind::Other.into())
    });
    let client = Client::new(Config::default(), Seed::from([7; 32]));
    let (events, _inbox) = mpsc::channel(0);
    let (inputs, driver_inputs) = mpsc::unbounded();
    let handled = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let handled = Arc::clone(&handled);
        let count = input(move |_, _| {
            handled.fetch_add(1, SeqCst);
        });
        inputs.unbounded_send(count).unwrap();
    }
    let mut run = pin!(Driver::new(client, transport, events).run(driver_inputs));
    let mut cx = Context::from_waker(Waker::noop());
    for turn in 1..=10 {
        assert!(run.as_mut().poll(&mut cx).is_pending());
        assert_eq!(handled.load(SeqCst), turn);
    }
}
