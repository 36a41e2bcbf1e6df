use proptest::prelude::*;

use super::*;

#[test]
fn a_uri_says_where_to_connect() {
    for (uri, expected) in [
        ("https://wx.qq.com/cgi-bin/x?y", Some(("wx.qq.com", 443))),
        ("HTTPS://WX.QQ.COM", Some(("WX.QQ.COM", 443))),
        ("https://wx.qq.com:8443/", Some(("wx.qq.com", 8443))),
        ("https://wx.qq.com:/", Some(("wx.qq.com", 443))),
        ("http://localhost/", Some(("localhost", 80))),
        ("http://127.0.0.1:8088/", Some(("127.0.0.1", 8088))),
        ("https://[::1]/", Some(("::1", 443))),
        ("https://[2001:db8::5]:444/", Some(("2001:db8::5", 444))),
        (
            "https://name:word@host.example:7/",
            Some(("host.example", 7)),
        ),
        ("https://name:1@host.example/", Some(("host.example", 443))),
        ("other://host.example:9/", Some(("host.example", 9))),
        ("host.example:443", Some(("host.example", 443))),
        // The default port in place of these would lead to somebody else.
        ("https://wx.qq.com:65536/", None),
        ("https://wx.qq.com:0/", None),
        ("https://wx.qq.com:+443/", None),
        ("https://wx.qq.com:https/", None),
        ("https://[::1]443/", None),
        ("https://[v7.x]/", None),
        ("other://host.example/", None),
        ("/path", None),
        ("*", None),
    ] {
        // Where the URI type refuses by itself, there is nothing to connect to either.
        let uri = uri.parse::<Uri>();
        let found = uri.as_ref().ok().and_then(host_and_port);
        assert_eq!(found, expected, "{uri:?}");
    }
}

proptest! {
    #[test]
    fn host_and_port_go_together_again(
        host in "[a-z0-9][a-z0-9._-]{0,20}",
        v6: [u16; 8],
        in_brackets: bool,
        port in proptest::option::of(1..=u16::MAX),
    ) {
        let v6 = Ipv6Addr::from(v6).to_string();
        let (host, written) = if in_brackets { (v6.clone(), format!("[{v6}]")) } else { (host.clone(), host) };
        let text = match port {
            Some(port) => format!("{written}:{port}"),
            None => written,
        };
        prop_assert_eq!(split_port(&text), Some((host.as_str(), port)));
    }
}
