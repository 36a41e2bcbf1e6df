//! What everybody else wants done by the thread that owns a client.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use wx_proto::Now;

use crate::driver::Driver;

/// What is to be done when its turn comes. It must not wait.
pub(crate) type Input = Box<dyn FnOnce(&mut Driver, Now) + Send>;

/// In two queues, so that a flood of calls does not delay replies. Those cannot flood: the client
/// asked for them.
pub(crate) enum Mail {
    /// The end of an exchange, or of a caller's patience.
    Urgent(Input),
    /// From handles and streams. Unbounded, and yet it does not grow: each stands for a caller who
    /// waits for the answer, or for an event that was given out.
    Usual(Input),
}

pub(crate) struct Mailbox {
    arrivals: Receiver<Mail>,
    urgent: VecDeque<Input>,
    usual: VecDeque<Input>,
}

impl Mailbox {
    pub(crate) fn new(arrivals: Receiver<Mail>) -> Self {
        Self {
            arrivals,
            urgent: VecDeque::new(),
            usual: VecDeque::new(),
        }
    }

    /// Waits for the next thing to do; `None` if the deadline comes first.
    pub(crate) fn next(&mut self, deadline: Option<Instant>) -> Option<Input> {
        loop {
            while let Ok(mail) = self.arrivals.try_recv() {
                self.sort(mail);
            }
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            if let Some(input) = self.urgent.pop_front().or_else(|| self.usual.pop_front()) {
                return Some(input);
            }
            // The driver can send to itself, so that there is no end of it.
            let came = match left {
                Some(left) => self.arrivals.recv_timeout(left).ok(),
                None => self.arrivals.recv().ok(),
            };
            came.into_iter().for_each(|mail| self.sort(mail));
        }
    }

    fn sort(&mut self, mail: Mail) {
        match mail {
            Mail::Urgent(input) => self.urgent.push_back(input),
            Mail::Usual(input) => self.usual.push_back(input),
        }
    }
}
