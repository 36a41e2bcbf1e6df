//! The query of a request against what the official page sends.

use super::call::{Call, Fail, shown};
use super::endpoint::{Form, Need, Param, Row};
use super::judge::{Refusal, Remark};
use super::session::Session;
use super::setup::{Family, Setup};

impl Call {
    /// The query against what the page sends. `session` is there where the call belongs to one.
    pub(super) fn judge_params(
        &mut self,
        row: &Row,
        setup: &Setup,
        session: Option<&Session>,
    ) -> Result<(), Fail> {
        let helper = setup.family.is_file_helper();
        let desktop = session.is_some_and(|session| session.desktop);
        let of_page = |param: &&Param| match param.need {
            Need::Helper => helper,
            Need::Desktop => desktop,
            Need::Vital | Need::Page | Need::Some => true,
        };
        let mut seen: Vec<&str> = Vec::new();
        let mut remarks = Vec::new();
        for (name, _) in &self.query {
            match row.params.iter().filter(of_page).find(|it| it.name == name) {
                None => remarks.push(Remark::UnknownParam(shown(name))),
                Some(param) if seen.contains(&param.name) => {
                    remarks.push(Remark::RepeatedParam(param.name));
                }
                Some(param) => seen.push(param.name),
            }
        }
        for remark in remarks {
            self.remark(remark);
        }
        let mut fail = None;
        for param in row.params.iter().filter(of_page) {
            match self.param(param.name).map(str::to_owned) {
                None if param.need == Need::Some => {}
                None if param.need != Need::Vital => {
                    // After a start from cookies alone the page has no ticket to send.
                    let lost = session.is_some_and(|session| session.ticket_lost);
                    if param.form != Form::PassTicket || !lost {
                        self.remark(Remark::MissingParam(param.name));
                    }
                }
                None => fail = fail.or(Some(self.refuse(Refusal::Param(param.name), 1))),
                // An empty key is judged as one: it means less than a wrong one.
                Some(value)
                    if value.is_empty()
                        && param.need == Need::Vital
                        && param.form != Form::Skey =>
                {
                    fail = fail.or(Some(self.refuse(Refusal::Param(param.name), 1)));
                }
                Some(value) => {
                    let wrong = self.judge_form(param, &value, setup, session);
                    fail = fail.or(wrong);
                }
            }
        }
        fail.map_or(Ok(()), Err)
    }

    fn judge_form(
        &mut self,
        param: &Param,
        value: &str,
        setup: &Setup,
        session: Option<&Session>,
    ) -> Option<Fail> {
        let name = param.name;
        match param.form {
            Form::Any | Form::Given(_) => {}
            Form::Fixed(fixed) => {
                if value != fixed {
                    self.remark(Remark::ParamForm(name));
                }
            }
            Form::Millis => match value.parse::<u64>() {
                Ok(millis) if value.len() == 13 => {
                    if self.ms().abs_diff(millis) > setup.limits.slack() {
                        self.remark(Remark::Clock(name));
                    }
                }
                _ => self.remark(Remark::ParamForm(name)),
            },
            Form::Inverted => match value.parse::<i32>() {
                Ok(inverted) => self.judge_inverted(name, inverted, setup),
                Err(_) => self.remark(Remark::ParamForm(name)),
            },
            Form::Counter => match value.parse::<u64>() {
                Ok(counter) if value.len() == 13 => {
                    // It starts at the page load, which may be long ago, and never runs ahead.
                    if counter > self.ms().saturating_add(setup.limits.slack()) {
                        self.remark(Remark::Clock(name));
                    }
                }
                _ => self.remark(Remark::ParamForm(name)),
            },
            Form::Lang => {
                let right = value.split_once('_').is_some_and(|(language, country)| {
                    (2..=3).contains(&language.len()) && country.len() == 2
                });
                if !right {
                    self.remark(Remark::ParamForm(name));
                }
            }
            Form::PassTicket => {
                if session.is_some_and(|session| session.pass_ticket != value) {
                    self.remark(Remark::PassTicketEncoding);
                }
            }
            Form::DeviceId => {
                if !is_device_id(value) {
                    self.remark(Remark::DeviceIdForm);
                }
            }
            Form::RedirectUri => {
                let value = value.strip_suffix("?mod=desktop").unwrap_or(value);
                let page = "/cgi-bin/mmwebwx-bin/webwxnewloginpage";
                let right = Family::each()
                    .any(|family| value == format!("https://{}{page}", family.main()))
                    || setup
                        .base
                        .as_ref()
                        .is_some_and(|base| value == format!("{base}{page}"));
                if !right {
                    self.remark(Remark::ParamForm(name));
                }
            }
            Form::Skey | Form::Sid | Form::Uin => {
                return self.judge_identity(param, value, session);
            }
        }
        None
    }

    fn judge_identity(
        &mut self,
        param: &Param,
        value: &str,
        session: Option<&Session>,
    ) -> Option<Fail> {
        let session = session?;
        let right = match param.form {
            Form::Skey if session.is_old_skey(value) => {
                self.remark(Remark::Outdated(param.name));
                true
            }
            Form::Skey if value.is_empty() => {
                self.remark(Remark::ParamForm(param.name));
                true
            }
            Form::Skey => value == session.skey,
            Form::Sid => value == session.sid,
            _ => value == session.uin.to_string(),
        };
        if right {
            return None;
        }
        if param.need == Need::Vital {
            return Some(self.refuse(Refusal::Identity(param.name), 1101));
        }
        // Elsewhere the body says who is asking, and the service does not look here.
        self.remark(Remark::ParamForm(param.name));
        None
    }

    /// `~ms`, cut to 32 bits first, against the clock.
    pub(super) fn judge_inverted(&mut self, name: &'static str, value: i32, setup: &Setup) {
        // Truncation is the point: the page's `~` works on the low 32 bits.
        let clock = self.ms() as i32;
        let distance = u64::from((!value).wrapping_sub(clock).unsigned_abs());
        if distance > setup.limits.slack() {
            self.remark(Remark::Clock(name));
        }
    }
}

/// `e` and 15 digits.
pub(super) fn is_device_id(value: &str) -> bool {
    value.strip_prefix('e').is_some_and(|digits| {
        digits.len() == 15 && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}
