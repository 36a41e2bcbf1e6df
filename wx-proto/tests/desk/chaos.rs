//! Any sequence of what people, networks and drivers do: what must always hold.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use proptest::prelude::*;
use wx_proto::{
    Close, Command, EventKind, Progress, SendText, SourceError,
    driver::{Ack, Call, CallError, Events, Handle, Lent, Work, Worker},
};
use wx_sim::server::{Act, Deed, Whose};

use crate::{
    lab::{Lab, PIECE, avatar, once, upload},
    shelf::Shelf,
};

#[derive(Clone, Debug)]
enum Step {
    Pass(u32),
    Turn,
    Say,
    Upload {
        len: u64,
        mood: Mood,
    },
    Download {
        mood: Mood,
    },
    Once {
        answered: bool,
    },
    DropCall(u8),
    Listen(Ack),
    StopListening,
    DropEvents,
    Heard,
    Clone,
    DropHandle(u8),
    WaitForEnd,
    DropWire(u8),
    Close {
        logout: bool,
        drain: u8,
    },
    DropEngine,
    /// Saves wait for [`Step::Save`] from now on, or no longer.
    Delay(bool),
    Save,
    DropSave,
    /// The disk is full, or no longer.
    Fill(bool),
}

/// How the caller serves its command.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Well,
    Fails,
    /// For ever.
    Hangs,
    /// Lets the worker go after so much work.
    Leaves(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let mood = prop_oneof![
        3 => Just(Mood::Well),
        1 => Just(Mood::Fails),
        2 => Just(Mood::Hangs),
        2 => (0..3_u8).prop_map(Mood::Leaves),
    ];
    let len = prop_oneof![2 => 1..99_u64, 1 => Just(PIECE + 1)];
    let ack = prop_oneof![Just(Ack::OnNext), Just(Ack::Manual)];
    prop_oneof![
        6 => (0..90_000_u32).prop_map(Step::Pass),
        4 => Just(Step::Turn),
        4 => Just(Step::Say),
        4 => (len, mood.clone()).prop_map(|(len, mood)| Step::Upload { len, mood }),
        6 => mood.prop_map(|mood| Step::Download { mood }),
        3 => any::<bool>().prop_map(|answered| Step::Once { answered }),
        5 => any::<u8>().prop_map(Step::DropCall),
        4 => ack.prop_map(Step::Listen),
        3 => Just(Step::StopListening),
        1 => Just(Step::DropEvents),
        3 => Just(Step::Heard),
        2 => Just(Step::Clone),
        2 => any::<u8>().prop_map(Step::DropHandle),
        2 => Just(Step::WaitForEnd),
        3 => any::<u8>().prop_map(Step::DropWire),
        1 => (any::<bool>(), 0..20_u8).prop_map(|(logout, drain)| Step::Close { logout, drain }),
        1 => Just(Step::DropEngine),
        2 => any::<bool>().prop_map(Step::Delay),
        3 => Just(Step::Save),
        1 => Just(Step::DropSave),
        2 => any::<bool>().prop_map(Step::Fill),
    ]
}

/// The people of one session.
struct People {
    lab: Rc<Lab>,
    handles: Vec<Handle>,
    events: Rc<RefCell<Option<Events>>>,
    listener: Option<u64>,
    /// Tasks of calls, and how often each had a result.
    calls: Vec<(u64, Rc<Cell<u32>>)>,
    waiting_for_end: Vec<u64>,
    ends: Rc<Cell<u32>>,
    shelf: Shelf,
}

impl People {
    fn note(&self) -> impl Fn() + 'static {
        let lab = Rc::clone(&self.lab);
        move || lab.progress.set(lab.progress.get() + 1)
    }

    fn submit<C: Command + 'static>(&mut self, command: C, lent: Lent, mood: Mood) {
        let Some(handle) = self.handles.first() else {
            return;
        };
        let call = handle.submit(command, lent);
        let results = Rc::new(Cell::new(0));
        let task = self
            .lab
            .spawn(serve(call, mood, Rc::clone(&results), self.note()));
        self.calls.push((task, results));
    }

    fn listen(&mut self, ack: Ack) {
        self.stop_listening();
        let (place, note, ends) = (Rc::clone(&self.events), self.note(), Rc::clone(&self.ends));
        self.listener = Some(self.lab.spawn(async move {
            loop {
                let event = poll_fn(|cx| {
                    let mut place = place.borrow_mut();
                    let Some(events) = place.as_mut() else {
                        return Poll::Ready(None);
                    };
                    events.ack = ack;
                    std::pin::pin!(events.next()).poll(cx)
                });
                let Some(event) = event.await else { return };
                note();
                assert_eq!(ends.get(), 0, "{event:?} after the end");
                ends.set(u32::from(matches!(event.kind, EventKind::Ended(_))));
            }
        }));
    }

    fn stop_listening(&mut self) {
        self.listener
            .take()
            .into_iter()
            .for_each(|task| self.lab.kill(task));
    }

    fn act(&mut self, step: Step) {
        let lab = Rc::clone(&self.lab);
        match step {
            Step::Pass(ms) => lab.pass(ms.into()),
            Step::Turn => lab.run(),
            Step::Say => {
                let chat =
                    |handle: &Handle| handle.inspect(|client| client.chat("filehelper")).ok();
                if let Some(chat) = self.handles.first().and_then(chat).flatten() {
                    self.submit(SendText::new(chat, "hello"), Lent::Nothing, Mood::Well);
                }
            }
            Step::Upload { len, mood } => {
                lab.plant_uploads(2);
                self.submit(upload(len).on_progress(forward()), Lent::Source, mood);
            }
            Step::Download { mood } => {
                lab.plant("webwxgeticon", 1, "image/jpeg", b"eleven byte");
                if let Some(fetch) = self.handles.first().and_then(avatar) {
                    self.submit(fetch.on_progress(forward()), Lent::Sink, mood);
                }
            }
            Step::Once { answered } => {
                if answered {
                    lab.plant("webwxcreatechatroom", 1, "text/html", b"made");
                }
                self.submit(once(), Lent::Nothing, Mood::Well);
            }
            Step::DropCall(n) if !self.calls.is_empty() => {
                let (task, _) = self.calls.swap_remove(usize::from(n) % self.calls.len());
                lab.kill(task);
            }
            Step::Listen(ack) => self.listen(ack),
            Step::StopListening => self.stop_listening(),
            Step::DropEvents => {
                self.stop_listening();
                drop(self.events.take());
            }
            Step::Heard => {
                let (from, text) = ("filehelper".to_owned(), "hello".to_owned());
                let deed = Deed::In(Whose::Latest, Act::OwnText { to: from, text });
                let _ = lab.act(deed);
            }
            Step::Clone => self.handles.extend(self.handles.first().cloned()),
            Step::DropHandle(n) if !self.handles.is_empty() => {
                self.handles
                    .swap_remove(usize::from(n) % self.handles.len());
            }
            Step::WaitForEnd => {
                // A handle that waits is a handle.
                let Some(handle) = self.handles.first().cloned() else {
                    return;
                };
                let task = lab.spawn(async move { handle.closed().await });
                self.waiting_for_end.push(task);
            }
            Step::DropWire(n) => {
                let wires = lab.wires();
                if !wires.is_empty() {
                    lab.cut(wires[usize::from(n) % wires.len()]);
                }
            }
            Step::Close { logout, drain } => {
                let drain = Duration::from_secs(drain.into());
                let how = Close { logout, drain };
                self.handles
                    .iter()
                    .take(1)
                    .for_each(|handle| handle.close(how));
            }
            Step::DropEngine => lab.kill_driver(),
            Step::Delay(delays) => lab.delays.set(delays),
            Step::Save => lab.delayed.take().into_iter().for_each(|it| it.run()),
            Step::DropSave => drop(lab.delayed.take()),
            Step::Fill(fails) => self.shelf.set_failing(fails),
            Step::DropCall(_) | Step::DropHandle(_) => {}
        }
    }

    /// The world is quiet: who is pending may well be.
    fn check(&self) {
        self.lab.assert_quiet();
        for (task, results) in &self.calls {
            let is_open = self.lab.is_alive(*task);
            assert_eq!(results.get(), u32::from(!is_open), "completed once");
            assert!(!is_open || self.lab.is_driven(), "waits for nobody");
        }
        // A save that was begun is waited for.
        if !self.lab.is_driven() && self.lab.delayed.borrow().is_empty() {
            assert!(
                self.waiting_for_end
                    .iter()
                    .all(|task| !self.lab.is_alive(*task))
            );
            assert!(self.listener.is_none_or(|task| !self.lab.is_alive(task)));
        }
    }
}

/// What is told never goes back, nor beyond the end.
fn forward() -> impl FnMut(Progress) + Send {
    let mut before = 0;
    move |now| {
        assert!(now.done >= before, "{now:?}");
        assert!(now.total.is_none_or(|total| now.done <= total), "{now:?}");
        before = now.done;
    }
}

async fn serve<C: Command>(mut call: Call<C>, mood: Mood, results: Rc<Cell<u32>>, note: impl Fn()) {
    let mut worker = Some(call.worker());
    let mut work = Box::pin(async {
        let mut done = 0;
        loop {
            if matches!(mood, Mood::Leaves(after) if done >= after) {
                worker = None;
            }
            let Some(worker) = &mut worker else { return };
            let Some(work) = worker.next().await else {
                return;
            };
            note();
            done += 1;
            match mood {
                Mood::Hangs => std::future::pending().await,
                mood => answer(worker, work, mood),
            }
        }
    });
    let mut has_worked = false;
    let reply = poll_fn(|cx| {
        let reply = std::pin::Pin::new(&mut call).poll(cx);
        if reply.is_pending() && !has_worked {
            has_worked = work.as_mut().poll(cx).is_ready();
        }
        reply
    });
    let _: Result<_, CallError> = reply.await;
    results.set(results.get() + 1);
}

fn answer(worker: &Worker, work: Work, mood: Mood) {
    match (work, mood) {
        (Work::Read(block), Mood::Fails) => {
            worker.read(block.id, Err(SourceError::new("no such file")));
        }
        (Work::Read(block), _) => worker.read(block.id, Ok(vec![7; block.len].into())),
        (Work::Write(piece), Mood::Fails) => worker.wrote(&piece, Err(io::Error::other("full"))),
        (Work::Write(piece), _) => worker.wrote(&piece, Ok(())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nobody_waits_for_nothing_and_nothing_is_left(
        steps in proptest::collection::vec((step(), any::<bool>()), 1..60),
        is_kept in any::<bool>(),
    ) {
        let shelf = Shelf::default();
        let (lab, handle, mut events) = match is_kept {
            true => Lab::of(shelf.open()),
            false => Lab::new(),
        };
        lab.to_online(&handle, &mut events);
        let mut people = People {
            shelf: shelf.clone(),
            lab: Rc::clone(&lab),
            handles: vec![handle],
            events: Rc::new(RefCell::new(Some(events))),
            listener: None,
            calls: Vec::new(),
            waiting_for_end: Vec::new(),
            ends: Rc::default(),
        };
        let killed = steps.iter().any(|(step, _)| matches!(step, Step::DropEngine));
        for (step, settles) in steps {
            people.act(step);
            if settles {
                people.check();
            }
        }
        people.check();
        people.stop_listening();
        let People { handles, events, calls, waiting_for_end, .. } = people;
        drop((handles, events.take()));
        calls.into_iter().for_each(|(task, _)| lab.kill(task));
        waiting_for_end.into_iter().for_each(|task| lab.kill(task));
        // A logout may be under way, and a save.
        lab.delays.set(false);
        lab.delayed.take().into_iter().for_each(|it| it.run());
        lab.pass(10_000);
        prop_assert!(!lab.is_driven(), "the driver outlives everybody");
        // Without an engine nobody aborts what is under way.
        prop_assert!(killed || lab.wires().is_empty());
        lab.wires().into_iter().for_each(|wire| lab.cut(wire));
        prop_assert_eq!(Arc::strong_count(&lab.clock), 1, "somebody keeps the client");
    }
}
