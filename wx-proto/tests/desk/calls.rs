//! What becomes of those who wait.

use std::{
    cell::RefCell,
    pin::{Pin, pin},
    rc::Rc,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use bytes::Bytes;
use wx_proto::{
    Client, Close, CommandError, Config, EndCause, EventKind, FetchAvatar, ReadBlock, Seed,
    SendText, SourceErrorKind, TransportErrorKind,
    driver::{Call, CallError, Engine, Handle, Lent, Piece, Work, Worker},
};

use wx_sim::server::{Act, Deed, Whose};

use crate::lab::{Bell, Clock, Lab, PIECE, avatar, once, poll, start, upload};

const PICTURE: &[u8] = b"eleven byte";

fn text(handle: &Handle, text: &str) -> SendText {
    let chat = handle.inspect(|client| client.chat("filehelper"));
    SendText::new(chat.unwrap().unwrap(), text)
}

fn block(work: Poll<Option<Work>>) -> ReadBlock {
    match work {
        Poll::Ready(Some(Work::Read(block))) => block,
        other => panic!("{other:?}"),
    }
}

fn piece(work: Poll<Option<Work>>) -> Piece {
    match work {
        Poll::Ready(Some(Work::Write(piece))) => piece,
        other => panic!("{other:?}"),
    }
}

/// A picture under way: the call, and who writes it.
fn download(lab: &Lab, handle: &Handle) -> (Call<FetchAvatar>, Worker) {
    lab.plant("webwxgeticon", 1, "image/jpeg", PICTURE);
    let call = handle.submit(avatar(handle).unwrap(), Lent::Sink);
    let worker = call.worker();
    lab.run();
    (call, worker)
}

/// Fails instead of hanging.
pub(crate) fn within_seconds(seconds: u64, act: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        act();
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(seconds)).unwrap();
}

#[test]
fn texts_leave_in_order_and_each_gets_its_receipt() {
    let (lab, handle, _events) = Lab::online();
    let done = Rc::new(RefCell::new(Vec::new()));
    for said in ["one", "two", "three"] {
        let call = handle.submit(text(&handle, said), Lent::Nothing);
        let done = Rc::clone(&done);
        lab.spawn(async move {
            let receipt = call.await.unwrap();
            done.borrow_mut().push((said, receipt.msg_id));
        });
    }
    lab.assert_quiet();
    let done = done.borrow();
    let arrived = |server: &mut wx_sim::server::Server| {
        let received = server.received();
        received
            .map(|it| (it.text.clone(), it.msg_id.to_string()))
            .collect::<Vec<_>>()
    };
    let arrived = lab.server(arrived);
    assert_eq!(arrived.len(), 3);
    for ((said, id), (text, msg_id)) in done.iter().zip(arrived) {
        assert_eq!(
            (*said, id.as_ref().map(ToString::to_string)),
            (&*text, Some(msg_id))
        );
    }
}

#[test]
fn a_source_is_read_from_its_start_to_its_end_and_again() {
    let (lab, handle, _events) = Lab::online();
    lab.plant_uploads(2);
    let mut call = handle.submit(upload(PIECE + 11), Lent::Source);
    let mut worker = call.worker();
    let mut asked = Vec::new();
    while let Poll::Ready(Some(work)) = poll(worker.next()) {
        let block = block(Poll::Ready(Some(work)));
        asked.push((block.offset, block.len as u64));
        worker.read(block.id, Ok(vec![7; block.len].into()));
        // Each piece is taken before the next one is read.
        lab.run();
    }
    let pass = [(0, PIECE), (PIECE, 11)];
    assert_eq!(asked, [pass, pass].concat());
    let Poll::Ready(Ok(media)) = poll(&mut call) else {
        panic!("not taken")
    };
    assert_eq!(media.size(), PIECE + 11);
}

#[test]
fn a_sink_gets_all_in_order_and_is_flushed_last() {
    let (lab, handle, _events) = Lab::online();
    let (mut call, mut worker) = download(&lab, &handle);
    let mut pieces = Vec::new();
    let bell = Arc::<Bell>::default();
    while let Poll::Ready(Some(work)) = bell.poll(worker.next()) {
        assert!(poll(&mut call).is_pending(), "done before it was written");
        let piece = piece(Poll::Ready(Some(work)));
        assert!(
            bell.poll(worker.next()).is_pending(),
            "more before that was written"
        );
        pieces.push(piece.bytes.to_vec());
        worker.wrote(&piece, Ok(()));
        lab.run();
        assert!(bell.rung());
    }
    assert_eq!(pieces.concat(), PICTURE);
    assert!(pieces.pop().unwrap().is_empty(), "not flushed");
    assert!(
        pieces.iter().all(|piece| !piece.is_empty()),
        "flushed too early"
    );
    assert!(matches!(poll(&mut call), Poll::Ready(Ok(it)) if it.len == PICTURE.len() as u64));
}

#[test]
fn a_sink_that_hangs_is_given_up_at_the_deadline() {
    let (lab, handle, _events) = Lab::online();
    let (mut call, mut worker) = download(&lab, &handle);
    let late = piece(poll(worker.next()));
    lab.pass(70_000);
    let Poll::Ready(Err(CallError::Command(CommandError::Transport { last, .. }))) =
        poll(&mut call)
    else {
        panic!("not given up")
    };
    assert_eq!(last, TransportErrorKind::TimedOut);
    assert_eq!(lab.aborted.borrow().len(), 1);
    worker.wrote(&late, Ok(()));
    assert!(matches!(poll(worker.next()), Poll::Ready(None)));
    lab.assert_quiet();
}

#[test]
fn what_reached_the_sink_is_not_fetched_again() {
    for dropped in [true, false] {
        let (lab, handle, _events) = Lab::online();
        lab.keeps.set(true);
        let mut call = handle.submit(avatar(&handle).unwrap(), Lent::Sink);
        let mut worker = call.worker();
        lab.run();
        let mut exchange = lab.kept.borrow_mut().pop().unwrap();
        let mut writing = Box::pin(exchange.write(Bytes::from_static(PICTURE)));
        assert!(poll(writing.as_mut()).is_pending());
        let all = piece(poll(worker.next()));
        worker.wrote(&all, Ok(()));
        assert!(matches!(poll(writing), Poll::Ready(Ok(()))));
        match dropped {
            // Its task panicked, say.
            true => drop(exchange),
            false => exchange.finish(Err(TransportErrorKind::Reset.into())),
        }
        lab.run();
        assert!(
            lab.kept.borrow().is_empty(),
            "the sink would hold its start twice"
        );
        assert!(matches!(
            poll(&mut call),
            Poll::Ready(Err(CallError::Command(_)))
        ));
    }
}

#[test]
fn a_write_that_was_given_up_does_not_answer_the_next_one() {
    let (lab, handle, _events) = Lab::online();
    lab.keeps.set(true);
    let call = handle.submit(avatar(&handle).unwrap(), Lent::Sink);
    let mut worker = call.worker();
    lab.run();
    let mut exchange = lab.kept.borrow_mut().pop().unwrap();
    assert!(poll(exchange.write(Bytes::from_static(b"one"))).is_pending());
    let one = piece(poll(worker.next()));
    let bell = Arc::<Bell>::default();
    let mut writing = Box::pin(exchange.write(Bytes::from_static(b"two")));
    assert!(bell.poll(writing.as_mut()).is_pending());
    worker.wrote(&one, Ok(()));
    assert!(bell.poll(writing.as_mut()).is_pending(), "not written yet");
    let two = piece(poll(worker.next()));
    assert_eq!(two.bytes, "two");
    worker.wrote(&two, Ok(()));
    assert!(bell.rung());
    assert!(matches!(bell.poll(writing), Poll::Ready(Ok(()))));
}

#[test]
fn a_second_worker_takes_nothing_from_the_first() {
    let (_lab, handle, _events) = Lab::online();
    let call = handle.submit(upload(4), Lent::Source);
    let (mut first, mut second) = (call.worker(), call.worker());
    let block = block(poll(first.next()));
    let bell = Arc::<Bell>::default();
    assert!(bell.poll(first.next()).is_pending());
    assert!(matches!(poll(second.next()), Poll::Ready(None)));
    drop(second);
    first.read(block.id, Ok(Bytes::from_static(b"1234")));
    assert!(bell.rung(), "nobody told the first of its work");
}

#[test]
fn without_its_worker_a_call_does_not_wait_for_ever() {
    let (lab, handle, _events) = Lab::online();
    for taken in [false, true] {
        let mut call = handle.submit(upload(4), Lent::Source);
        let mut worker = call.worker();
        if taken {
            block(poll(worker.next()));
        }
        let bell = Arc::<Bell>::default();
        assert!(bell.poll(&mut call).is_pending());
        drop(worker);
        assert!(bell.rung());
        let missing = CommandError::Source(SourceErrorKind::Missing);
        let Poll::Ready(Err(CallError::Command(error))) = bell.poll(&mut call) else {
            panic!("still waiting")
        };
        assert_eq!(error.to_string(), missing.to_string());

        let (mut call, mut worker) = download(&lab, &handle);
        if taken {
            piece(poll(worker.next()));
        }
        drop(worker);
        lab.run();
        let Poll::Ready(Err(CallError::Command(CommandError::Transport { last, .. }))) =
            poll(&mut call)
        else {
            panic!("still waiting")
        };
        assert_eq!(last, TransportErrorKind::Sink);
    }
}

#[test]
fn an_engine_that_goes_leaves_the_end_and_what_to_save() {
    let (lab, handle, mut events) = Lab::online();
    lab.keeps.set(true);
    let mut call = handle.submit(once(), Lent::Nothing);
    lab.run();
    let bells: [Arc<Bell>; 3] = Default::default();
    let mut closed = Box::pin(handle.closed());
    assert!(bells[0].poll(&mut call).is_pending());
    assert!(bells[1].poll(events.next()).is_pending());
    assert!(bells[2].poll(closed.as_mut()).is_pending());
    lab.kill_driver();
    assert!(bells.iter().all(|bell| bell.rung()));
    assert!(poll(closed).is_ready());
    let Poll::Ready(Err(CallError::Command(CommandError::Closed { .. }))) = poll(&mut call) else {
        panic!("no end")
    };
    let Poll::Ready(Some(last)) = poll(events.next()) else {
        panic!("no end")
    };
    let EventKind::Ended(ended) = last.kind else {
        panic!("{last:?}")
    };
    assert_eq!(ended.cause, EndCause::Detached);
    assert!(ended.again.is_some());
    // Nothing that is still under way comes after the end.
    lab.kept.borrow_mut().clear();
    lab.wires().into_iter().for_each(|task| lab.kill(task));
    assert!(matches!(poll(events.next()), Poll::Ready(None)));
    assert!(matches!(
        poll(handle.submit(once(), Lent::Nothing)),
        Poll::Ready(Err(CallError::Stopped))
    ));
}

#[test]
fn who_waits_no_more_is_forgotten() {
    let (_lab, handle, mut events) = Lab::new();
    let call = handle.submit(upload(4), Lent::Source);
    let bell = Arc::<Bell>::default();
    for _ in 0..3 {
        assert!(bell.poll(handle.closed()).is_pending());
    }
    assert_eq!(Arc::strong_count(&bell), 1, "still told of the end");
    while bell.poll(events.next()).is_ready() {}
    drop(events);
    drop(call);
    assert_eq!(Arc::strong_count(&bell), 1, "still told of events");

    let (lab, handle, _events) = Lab::online();
    lab.keeps.set(true);
    let _call = handle.submit(avatar(&handle).unwrap(), Lent::Sink);
    lab.run();
    let mut exchange = lab.kept.borrow_mut().pop().unwrap();
    assert!(bell.poll(exchange.write(Bytes::new())).is_pending());
    drop(exchange);
    assert_eq!(Arc::strong_count(&bell), 1, "still told of the sink");
}

#[test]
fn a_call_that_is_dropped_is_cancelled() {
    let (lab, handle, _events) = Lab::online();
    lab.keeps.set(true);
    let call = handle.submit(once(), Lent::Nothing);
    lab.run();
    let id = lab.kept.borrow()[0].id();
    drop(call);
    lab.assert_quiet();
    assert_eq!(*lab.aborted.borrow(), [id]);
}

#[test]
fn what_nobody_reads_is_discarded() {
    let (lab, handle, events) = Lab::online();
    drop(events);
    let (from, text) = ("filehelper".to_owned(), "hello".to_owned());
    lab.act(Deed::In(Whose::Latest, Act::OwnText { to: from, text }));
    let before = lab.sent.borrow().len();
    lab.pass(60_000);
    assert!(lab.sent.borrow().len() > before, "nothing was asked for");
    assert!(!handle.inspect(|client| client.has_events()).unwrap());
}

#[test]
fn everybody_is_told_of_the_end() {
    let (lab, handle, _events) = Lab::online();
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let bell = Arc::<Bell>::default();
        let mut closed = Box::pin(handle.closed());
        assert!(poll(closed.as_mut()).is_pending());
        // Moved to another task.
        assert!(bell.poll(closed.as_mut()).is_pending());
        waiting.push((bell, closed));
    }
    handle.close(Close {
        logout: true,
        ..Close::default()
    });
    lab.assert_quiet();
    assert!(!lab.is_driven());
    for (bell, closed) in waiting {
        assert!(bell.rung());
        assert!(poll(closed).is_ready());
    }
}

#[test]
fn a_call_rings_where_it_was_polled_last() {
    let (lab, handle, _events) = Lab::online();
    lab.plant("webwxcreatechatroom", 1, "text/html", b"made");
    let mut call = handle.submit(once(), Lent::Nothing);
    let bells: [Arc<Bell>; 2] = Default::default();
    for bell in &bells {
        assert!(bell.poll(&mut call).is_pending());
    }
    lab.run();
    assert_eq!(bells.each_ref().map(|bell| bell.rung()), [false, true]);
    assert!(matches!(poll(&mut call), Poll::Ready(Ok(reply)) if reply.body == "made"));
}

#[test]
fn a_clock_may_look_at_the_session() {
    within_seconds(20, || {
        let watched = Arc::new(Mutex::new(None::<Handle>));
        let client = Client::new(Config::default(), Seed::from([7; 32]));
        let clock = Arc::clone(&watched);
        let (_engine, handle, _events) = Engine::start(client, Duration::ZERO, move || {
            if let Some(handle) = &*clock.lock().unwrap() {
                let _ = handle.inspect(|_| ());
            }
            Duration::ZERO
        });
        *watched.lock().unwrap() = Some(handle.clone());
        handle.close(Close::default());
        let handle = watched.lock().unwrap().take();
        drop(handle);
    });
}

#[test]
fn nothing_is_left_when_everybody_has_gone() {
    let (lab, handle, events) = Lab::online();
    let call = handle.submit(upload(4), Lent::Source);
    let worker = call.worker();
    drop((handle, events, call));
    lab.run();
    assert!(!lab.is_driven());
    assert!(lab.wires().is_empty());
    drop(worker);
    assert_eq!(
        Arc::strong_count(&lab.clock),
        1,
        "somebody keeps the client"
    );
}

#[test]
fn a_waker_may_own_what_it_wakes() {
    within_seconds(20, || {
        let (lab, handle, mut events) = Lab::online();
        lab.keeps.set(true);
        let mut call = handle.submit(avatar(&handle).unwrap(), Lent::Sink);
        let mut worker = call.worker();
        lab.run();
        let mut exchange = lab.kept.borrow_mut().pop().unwrap();
        let mut writing = Box::pin(exchange.write(Bytes::from_static(PICTURE)));
        assert!(poll(writing.as_mut()).is_pending());
        piece(poll(worker.next()));
        let mut closed = Box::pin(handle.closed());
        for _ in 0..2 {
            let waker = Waker::from(Arc::new(Owner(handle.clone())));
            let mut cx = Context::from_waker(&waker);
            assert!(Pin::new(&mut call).poll(&mut cx).is_pending());
            assert!(pin!(worker.next()).poll(&mut cx).is_pending());
            assert!(writing.as_mut().poll(&mut cx).is_pending());
            assert!(closed.as_mut().poll(&mut cx).is_pending());
            assert!(pin!(events.next()).poll(&mut cx).is_pending());
        }
    });
    within_seconds(20, || {
        let (mut engine, handle, _events) = start(&Clock::default());
        for _ in 0..2 {
            let waker = Waker::from(Arc::new(Owner(handle.clone())));
            while poll(engine.next()).is_ready() {
                engine.deadline();
            }
            let next = pin!(engine.next());
            assert!(next.poll(&mut Context::from_waker(&waker)).is_pending());
        }
    });
}

/// As in executors of which a waiting task is owned by nobody but its waker.
struct Owner(Handle);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.0.inspect(|_| ());
    }
}
