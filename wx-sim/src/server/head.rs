//! Method, host and headers of a call, against those of the official page.

use http::{Method, StatusCode, header};

use super::call::{Call, Fail};
use super::desktop;
use super::endpoint::{Body, Endpoint, Host, Row, Verb};
use super::judge::{Refusal, Remark};
use super::setup::{FILE_HELPER, Family, Setup};

impl Call {
    /// Method, host and size: what decides whether the call is understood at all.
    pub(super) fn judge_head(&mut self, setup: &Setup) -> Result<&'static Row, Fail> {
        let Some(row) = self.row else {
            self.note(Refusal::UnknownPath);
            return Err(Fail::Status(StatusCode::NOT_FOUND));
        };
        if setup.base.is_none() {
            self.judge_host(row, setup)?;
        }
        if self.body.len() > setup.limits.body {
            self.note(Refusal::BodyTooLarge);
            return Err(Fail::Status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let verb = match self.method {
            Method::GET => Some(Verb::Get),
            Method::POST => Some(Verb::Post),
            _ => None,
        };
        if verb != Some(row.method) {
            if verb.is_none() || verb != row.also {
                self.note(Refusal::Method);
                return Err(Fail::Status(StatusCode::METHOD_NOT_ALLOWED));
            }
            self.remark(Remark::Method);
        }
        self.judge_headers(row, setup);
        Ok(row)
    }

    fn judge_host(&mut self, row: &Row, setup: &Setup) -> Result<(), Fail> {
        let family = setup.family;
        let host = self.host.as_deref().unwrap_or_default();
        let logs_in = host == QR_HOST || Family::each().any(|each| each.login() == host);
        if row.endpoint == Endpoint::Index && logs_in {
            // Only to see whether anybody answers: a client of wide use does so before it begins.
            self.remark(Remark::Host);
            return Ok(());
        }
        let right = match row.host {
            Host::Qr => host == QR_HOST,
            Host::Login => logs_in,
            Host::Main => host == family.main(),
            Host::Push if setup.push_at_main => host == family.main(),
            Host::Push => host == family.push(),
            Host::File => host == family.file(),
        };
        if right {
            return Ok(());
        }
        if row.host == Host::Push && host == family.push() {
            // The client could not know better.
            return Err(Fail::Code(1100));
        }
        let related =
            Family::each().any(|each| [each.main(), each.push(), each.file()].contains(&host));
        self.note(Refusal::Host);
        // A host of another family knows the call but not the session.
        Err(if related {
            Fail::Code(1100)
        } else {
            Fail::Status(StatusCode::NOT_FOUND)
        })
    }

    fn judge_headers(&mut self, row: &Row, setup: &Setup) {
        for name in ["User-Agent", "Accept-Language"] {
            if !self.has_header(name) {
                self.remark(Remark::MissingHeader(name));
            }
        }
        self.judge_stray_headers();
        self.judge_page(row, setup);
        match self.header(header::REFERER.as_str()) {
            // Nothing leads to the main page.
            None if row.endpoint == Endpoint::Index => {}
            None => self.remark(Remark::MissingHeader("Referer")),
            Some(referer) if self.is_referer(row, setup, referer) => {}
            Some(_) => self.remark(Remark::Referer),
        }
        let kind = self
            .header(header::CONTENT_TYPE.as_str())
            .map(str::to_ascii_lowercase);
        // The page stands at another host than the one it uploads to.
        if row.endpoint == Endpoint::UploadMedia {
            match self.header(header::ORIGIN.as_str()) {
                None => self.remark(Remark::MissingHeader("Origin")),
                Some(origin) if self.is_referer(row, setup, &format!("{origin}/")) => {}
                Some(_) => self.remark(Remark::Origin),
            }
        }
        let right = match row.body {
            _ if self.method != Method::POST => true,
            Body::None => true,
            Body::Json(_) => kind.is_some_and(|kind| {
                kind.split_once(';').is_some_and(|(kind, charset)| {
                    kind.trim() == "application/json" && charset.trim() == "charset=utf-8"
                })
            }),
            Body::Form => kind.is_some_and(|kind| {
                kind.split(';').next().map(str::trim) == Some("application/x-www-form-urlencoded")
            }),
            Body::Multipart(_) => kind.is_some_and(|kind| kind.starts_with("multipart/form-data")),
        };
        if !right {
            self.remark(Remark::ContentType);
        }
        if self.method == Method::GET && !self.body.is_empty() {
            self.remark(Remark::UnexpectedBody);
        }
    }

    /// The page of the file helper names itself in a header of each call after the login, and makes
    /// few calls; no other page does so.
    fn judge_page(&mut self, row: &Row, setup: &Setup) {
        let name = "mmweb_appid";
        let value = self.header(name);
        let remark = match (value, setup.family.is_file_helper()) {
            (Some(_), false) => Some(Remark::StrayHeader(name)),
            (None, true) if row.in_session() => Some(Remark::MissingHeader(name)),
            (Some(value), true) if value != FILE_HELPER => Some(Remark::HeaderForm(name)),
            _ => None,
        };
        if let Some(remark) = remark {
            self.remark(remark);
        }
        if setup.family.is_file_helper() && row.is_about_people() {
            self.remark(Remark::NotOnThisPage);
        }
    }

    fn is_referer(&self, row: &Row, setup: &Setup, referer: &str) -> bool {
        let page = |family: &Family| referer == format!("https://{}/", family.main());
        // The shell of another operating system shows the page under this address and says so in
        // a header of its own.
        let shell = row.endpoint == Endpoint::NewLoginPage
            && self.has_header("client-version")
            && referer == desktop::REFERER;
        let base = setup
            .base
            .as_ref()
            .is_some_and(|base| referer == format!("{base}/"));
        // A login may begin at the page of another family, up to the step that changes over.
        let login =
            matches!(row.host, Host::Login | Host::Qr) || row.endpoint == Endpoint::NewLoginPage;
        shell
            || base
            || if login || setup.base.is_some() {
                Family::each().any(|family| page(&family))
            } else {
                page(&setup.family)
            }
    }
}

/// The one host of all QR pictures; it serves the login calls of every family as well.
const QR_HOST: &str = "login.weixin.qq.com";
