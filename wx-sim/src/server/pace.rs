//! Calls against their rates.

use super::call::Fail;
use super::rate::Class;
use super::{Server, SessionId};

impl Server {
    /// Counts a call against its rate; too many in the window are refused, and not counted.
    pub(super) fn pace(&mut self, id: SessionId, class: Class) -> Result<(), Fail> {
        let own = self.setup.rates.get(&class).copied();
        let Some(rate) = own.or_else(|| self.setup.rate.map(|rate| rate.of(class))) else {
            return Ok(());
        };
        let Some(session) = self.sessions.get_mut(&id) else {
            return Ok(());
        };
        let done = session.paced.entry(class).or_default();
        while let Some(first) = done.front() {
            if first.saturating_add(rate.window) > self.now {
                break;
            }
            done.pop_front();
        }
        if done.len() as u64 >= u64::from(rate.texts) {
            return Err(Fail::Code(1205));
        }
        done.push_back(self.now);
        Ok(())
    }
}
