//! What the phone behind an account does about its logins.

use std::time::Duration;

use wx_sim::{
    server::{Code, Deed},
    world::World,
};

use super::Bot;
use crate::{dice::Dice, report::Report};

impl Bot {
    /// What the phone does about a code or a question.
    pub(super) fn show(&mut self, code: Code, now: Duration) {
        let soon = |dice: &mut Dice| now + dice.seconds(1, 40);
        let kind = if self.calm { 0 } else { self.dice.below(10) };
        match kind {
            0..7 => {
                let at = if self.calm { now } else { soon(&mut self.dice) };
                self.phone.push((at, Deed::Scan(code.clone())));
                self.phone
                    .push((at + Duration::from_secs(2), Deed::Confirm(code)));
            }
            7 => {
                let at = soon(&mut self.dice);
                self.phone.push((at, Deed::Scan(code.clone())));
                self.phone
                    .push((at + Duration::from_secs(2), Deed::Cancel(code)));
            }
            8 => self.phone.push((soon(&mut self.dice), Deed::Expire(code))),
            // Nobody is there.
            _ => {}
        }
    }

    pub(super) fn on_phone(&mut self, world: &mut World, deed: Deed, report: &mut Report) {
        let name = match &deed {
            Deed::Cancel(_) => Some("declined on the phone"),
            Deed::Expire(_) => Some("code expired"),
            _ => None,
        };
        let deed = match (deed, self.account) {
            (Deed::Scan(code), Some(account)) => Deed::ScanBy(code, account),
            (deed, _) => deed,
        };
        let Ok(done) = world.act(deed) else { return };
        self.account = self.account.or(done.account);
        if let Some(name) = name {
            report.fault(name, 1);
        }
    }
}
