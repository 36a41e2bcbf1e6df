//! What can go wrong on the wire, planted ahead of the requests it happens to.

use std::{collections::VecDeque, time::Duration};

use http::{HeaderName, HeaderValue};

/// One thing that goes wrong with the reply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is reset instead of a reply.
    Reset,
    /// The connection is closed in order instead of a reply.
    Close,
    /// The connection is reset after the head and so many bytes of the body.
    ResetInBody(usize),
    /// Nothing comes, and the connection stays open until the client closes it.
    Silence,
    /// Nothing comes after the head and so many bytes of the body; the connection stays open.
    Stall(usize),
    /// A status line no HTTP client understands (`HTTP/1.1 0 -`) and some binary bytes.
    BadStatusLine,
    /// `Content-Length` promises so many bytes more than come before the connection is closed.
    LongLength(usize),
    /// The body comes in chunks of so many bytes, without a `Content-Length`.
    Chunked(usize),
    /// The body has no `Content-Length`: it ends with the connection.
    NoLength,
    /// The body is packed, whether the client offered to unpack it or not.
    Gzip,
    /// The reply comes byte by byte, with a pause after each.
    Drip(Duration),
    /// The body is filled up with blanks to so many bytes.
    Oversize(u64),
    /// The reply has these headers as well.
    Headers(Vec<(HeaderName, HeaderValue)>),
    /// 503 without a body, and a `Retry-After` in whole seconds.
    Unavailable(Duration),
}

impl Fault {
    /// Whether it is done to a reply of the service, so that there has to be one. The others can
    /// also happen without the service knowing of the request.
    #[must_use]
    pub const fn needs_reply(&self) -> bool {
        match self {
            Self::Reset
            | Self::Close
            | Self::Silence
            | Self::BadStatusLine
            | Self::Unavailable(_) => false,
            Self::ResetInBody(_)
            | Self::Stall(_)
            | Self::LongLength(_)
            | Self::Chunked(_)
            | Self::NoLength
            | Self::Gzip
            | Self::Drip(_)
            | Self::Oversize(_)
            | Self::Headers(_) => true,
        }
    }
}

/// Planted faults, in the order in which they were planted.
#[derive(Default)]
pub(super) struct Faults(VecDeque<Planted>);

struct Planted {
    endpoint: String,
    times: u32,
    fault: Fault,
    after: bool,
}

/// What happens to the request at hand.
pub(super) struct Mishap {
    pub(super) fault: Fault,
    /// The service gets to know of the request.
    pub(super) reaches: bool,
}

impl Faults {
    pub(super) fn add(&mut self, endpoint: &str, times: u32, fault: Fault, after: bool) {
        if times > 0 {
            self.0.push_back(Planted {
                endpoint: endpoint.to_owned(),
                times,
                fault,
                after,
            });
        }
    }

    pub(super) fn left(&self) -> u32 {
        self.0
            .iter()
            .fold(0, |sum, planted| sum.saturating_add(planted.times))
    }

    /// Uses up the first fault for this path.
    pub(super) fn take(&mut self, path: &str) -> Option<Mishap> {
        let name = endpoint(path);
        let at = self
            .0
            .iter()
            .position(|it| it.endpoint == name || it.endpoint == "*")?;
        let planted = self.0.get_mut(at)?;
        planted.times = planted.times.saturating_sub(1);
        let mishap = Mishap {
            reaches: planted.after || planted.fault.needs_reply(),
            fault: planted.fault.clone(),
        };
        if planted.times == 0 {
            self.0.remove(at);
        }
        Some(mishap)
    }
}

/// The last part of a path, but for pictures of QR codes, whose last part is the code.
pub(super) fn endpoint(path: &str) -> &str {
    if path.starts_with("/qrcode/") {
        return "qrcode";
    }
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_in_order() {
        let mut faults = Faults::default();
        faults.add("login", 1, Fault::Reset, false);
        faults.add("login", 2, Fault::Silence, true);
        faults.add("qrcode", 1, Fault::Gzip, false);
        assert_eq!(faults.left(), 4);
        let mut next = |path| faults.take(path).map(|it| (it.fault, it.reaches));
        assert_eq!(
            next("/cgi-bin/mmwebwx-bin/login"),
            Some((Fault::Reset, false))
        );
        assert_eq!(
            next("/cgi-bin/mmwebwx-bin/login"),
            Some((Fault::Silence, true))
        );
        assert_eq!(next("/cgi-bin/mmwebwx-bin/webwxsync"), None);
        assert_eq!(next("/qrcode/abc=="), Some((Fault::Gzip, true)));
        assert_eq!(
            next("/cgi-bin/mmwebwx-bin/login"),
            Some((Fault::Silence, true))
        );
        assert_eq!(next("/cgi-bin/mmwebwx-bin/login"), None);
    }
}
