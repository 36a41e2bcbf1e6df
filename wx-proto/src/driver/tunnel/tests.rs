use proptest::prelude::*;

use super::*;
use crate::driver::Proxy;

fn tunnel(proxy: &str, to: &str) -> Tunnel {
    let rules = Proxy::Url(proxy.to_owned()).rules(|_| None).unwrap();
    rules.tunnel_to(&to.parse().unwrap()).unwrap()
}

/// How a proxy's reply is judged, as drivers see it.
fn reply(so_far: &[u8]) -> Result<bool, TunnelError> {
    let judged = tunnel("http://name:word@proxy.example", "https://wx.qq.com/").reply(so_far);
    judged.map_err(|error| {
        assert_eq!(error.kind(), TransportErrorKind::Connect);
        assert!(error.nothing_sent() && error.is_retryable());
        let source = std::error::Error::source(&error).unwrap();
        *source.downcast_ref().unwrap()
    })
}

/// What comes of a reply that arrives in such blocks: the first answer other than "read more".
fn outcome(text: &[u8], mut block: impl FnMut() -> usize) -> Result<bool, TunnelError> {
    let mut end = 0;
    while end < text.len() {
        end = (end + block().max(1)).min(text.len());
        let judged = reply(&text[..end]);
        if judged != Ok(false) {
            return judged;
        }
    }
    Ok(false)
}

#[test]
fn the_request_is_what_proxies_expect_byte_for_byte() {
    for (proxy, to, expected) in [
        (
            "proxy.example:3128",
            "https://wx.qq.com/cgi-bin/x?skey=y",
            "CONNECT wx.qq.com:443 HTTP/1.1\r\nHost: wx.qq.com:443\r\n\r\n",
        ),
        (
            "http://name:word@proxy.example",
            "https://wx.qq.com:8443",
            "CONNECT wx.qq.com:8443 HTTP/1.1\r\nHost: wx.qq.com:8443\r\n\
             Proxy-Authorization: Basic bmFtZTp3b3Jk\r\n\r\n",
        ),
        (
            "[::7]:3128",
            "https://user:secret@[2001:db8::5]/",
            "CONNECT [2001:db8::5]:443 HTTP/1.1\r\nHost: [2001:db8::5]:443\r\n\r\n",
        ),
    ] {
        assert_eq!(tunnel(proxy, to).request(), expected, "{proxy} {to}");
    }
}

#[test]
fn any_2xx_opens_the_tunnel() {
    for head in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nVia: 1.0 box\r\nProxy-Agent: box/1\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 299 \r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 \u{e9}tabli\r\n\r\n",
    ] {
        assert_eq!(reply(head.as_bytes()), Ok(true), "{head:?}");
    }
}

#[test]
fn a_refusal_carries_its_status_and_no_credentials() {
    for (head, status) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"name:word\"\r\n\r\n",
            407,
        ),
        (
            "HTTP/1.1 407 name:word bmFtZTp3b3Jk\r\nContent-Length: 9\r\n\r\n<p>no</p>",
            407,
        ),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", 403),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", 502),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n",
            302,
        ),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 100),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
    ] {
        let error = reply(head.as_bytes()).unwrap_err();
        assert_eq!(
            error,
            TunnelError::Refused(StatusCode::from_u16(status).unwrap())
        );
        let printed = format!("{error} {error:?}");
        assert!(printed.contains(&status.to_string()), "{printed}");
        assert!(
            !printed.contains("word") && !printed.contains("bmFt"),
            "{printed}"
        );
    }
}

#[test]
fn what_is_no_reply_opens_nothing() {
    for (text, error) in [
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], TunnelError::NotHttp),
        // An alert of TLS, and the refusal of a SOCKS server.
        (b"\x15\x03\x03\x00\x02\x02\x46", TunnelError::NotHttp),
        (b"\x05\xff", TunnelError::NotHttp),
        (b"\0", TunnelError::NotHttp),
        (b"HTTP/2 200\r\n\r\n", TunnelError::NotHttp),
        (b"HTTP/1.1 099 Low\r\n\r\n", TunnelError::NotHttp),
        (b"HTTP/1.1 20 OK\r\n\r\n", TunnelError::NotHttp),
        (b"HTTP/1.1 2000 OK\r\n\r\n", TunnelError::NotHttp),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", TunnelError::NotHttp),
        (b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03", TunnelError::Surplus),
        (b"HTTP/1.1 200 OK\r\n\r\n\r\n", TunnelError::Surplus),
    ] {
        assert_eq!(reply(text), Err(error), "{:?}", text.escape_ascii());
    }
    let many = "A: b\r\n".repeat(HEADERS + 1);
    let many = format!("HTTP/1.1 200 OK\r\n{many}\r\n");
    assert_eq!(reply(many.as_bytes()), Err(TunnelError::NotHttp));
}

#[test]
fn an_unfinished_reply_is_read_on_up_to_the_limit() {
    for text in [
        "",
        "H",
        "HTTP/1.1",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 407 No\r\nA: b\r\n\r",
    ] {
        assert_eq!(reply(text.as_bytes()), Ok(false), "{text:?}");
    }
    let head_of = |size: usize| {
        let (start, end) = ("HTTP/1.1 200 OK\r\nA: ", "\r\n\r\n");
        let filler = "b".repeat(size - start.len() - end.len());
        format!("{start}{filler}{end}").into_bytes()
    };
    let fits = head_of(LIMIT);
    assert_eq!(reply(&fits), Ok(true));
    assert_eq!(reply(&fits[..LIMIT - 1]), Ok(false));
    let too_large = head_of(LIMIT + 1);
    assert_eq!(reply(&too_large[..LIMIT - 1]), Ok(false));
    // As soon as it is known, and however much comes at once.
    assert_eq!(reply(&too_large[..LIMIT]), Err(TunnelError::TooLarge));
    assert_eq!(reply(&too_large), Err(TunnelError::TooLarge));
    // The size of a refusal's body is nobody's concern.
    let mut refusal = b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec();
    refusal.resize(3 * LIMIT, b'x');
    assert_eq!(
        reply(&refusal),
        Err(TunnelError::Refused(StatusCode::FORBIDDEN))
    );
}

fn reply_like() -> impl Strategy<Value = Vec<u8>> {
    let head = "HTTP/1\\.[01] [12345][0-9]{2}( [a-zA-Z ]{0,9})?\r?\n([A-Za-z-]{1,9}: ?[ -~]{0,20}\r?\n){0,4}\r?\n";
    let damage = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..80),
        (head, damage).prop_map(|(head, damage)| {
            let mut text = head.into_bytes();
            for (at, byte) in damage {
                let at = at.index(text.len());
                text[at] = byte;
            }
            text
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_reply_comes_to_the_same_however_it_is_cut(text in reply_like(), sizes in proptest::collection::vec(1..40_usize, 1..9)) {
        let byte_by_byte = outcome(&text, || 1);
        let mut sizes = sizes.into_iter().cycle();
        let cut = outcome(&text, || sizes.next().unwrap());
        let whole = outcome(&text, || text.len());
        // Who stops reading at the end of the head does not see what follows it. All else is one.
        for other in [cut, whole] {
            let late = byte_by_byte == Ok(true) && other == Err(TunnelError::Surplus);
            prop_assert!(other == byte_by_byte || late, "{:?} {:?}", other, byte_by_byte);
        }
        // An answer that was given stays: reading on never turns a failure into a tunnel.
        let mut failed = None;
        for end in 0..=text.len() {
            let judged = reply(&text[..end]);
            if let Some(failed) = failed {
                prop_assert_eq!(judged, Err(failed));
            } else {
                failed = judged.err();
            }
        }
    }
}
