//! What a client says it is, as data.

use http::{HeaderName, HeaderValue, header};

/// What the client says it is. Start from a preset and change what should be different.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Browser {
    /// The `User-Agent` header. The service wants one.
    pub user_agent: HeaderValue,
    /// The `Accept-Language` header.
    pub accept_language: HeaderValue,
    /// The `lang` parameter: `zh_CN`, `en_US`, …
    pub lang: String,
    /// The client is the desktop one, which is the same page in a window of its own: some calls say
    /// so. Accounts that are refused on the web may be let in there. A session that is resumed stays
    /// what it was.
    pub desktop: bool,
    /// Headers of the one request that fetches the credentials (`webwxnewloginpage`), over and above
    /// those of every request, or in place of them. Of a name that is here twice the last one
    /// counts; the cookies are the session's whatever is here.
    pub login_headers: Vec<(HeaderName, HeaderValue)>,
}

impl Browser {
    /// The page in an ordinary browser: the default.
    pub fn web() -> Self {
        Self {
            user_agent: HeaderValue::from_static(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/120.0.0.0 Safari/537.36",
            ),
            accept_language: HeaderValue::from_static("zh-CN,zh;q=0.9,en;q=0.8"),
            lang: "zh_CN".into(),
            desktop: false,
            login_headers: Vec::new(),
        }
    }

    /// The desktop client for UOS Linux, for accounts whose web login is refused with
    /// [`Ret::LOGIN_REFUSED`](crate::Ret::LOGIN_REFUSED). The service lets some of them in, and bans
    /// of accounts were reported too (February 2023): the risk is the account owner's.
    ///
    /// What clients of others send here is known; what the service makes of it is not.
    pub fn desktop() -> Self {
        Self {
            desktop: true,
            login_headers: vec![
                (
                    HeaderName::from_static("client-version"),
                    HeaderValue::from_static("2.0.0"),
                ),
                (
                    HeaderName::from_static("extspam"),
                    HeaderValue::from_static(EXTSPAM),
                ),
                // The window's own address, whatever family the account lives on.
                (
                    header::REFERER,
                    HeaderValue::from_static("https://wx.qq.com/?&lang=zh_CN&target=t"),
                ),
            ],
            ..Self::web()
        }
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::web()
    }
}

/// The same in every client that is known to send it, to the letter; its meaning is not known.
const EXTSPAM: &str = "Go8FCIkFEokFCggwMDAwMDAwMRAGGvAESySibk50w5Wb3uTl2c2h64jVVrV7gNs06GFlWplHQbY/\
    5FfiO++1yH4ykCyNPWKXmco+wfQzK5R98D3so7rJ5LmGFvBLjGceleySrc3SOf2Pc1gVehzJgODe\
    S0lDL3/I/0S2SSE98YgKleq6Uqx6ndTy9yaL9qFxJL7eiA/R3SEfTaW1SBoSITIu+EEkXff+Pv8N\
    HOk7N57rcGk1w0ZzRrQDkXTOXFN2iHYIzAAZPIOY45Lsh+A4slpgnDiaOvRtlQYCt97nmPLuTipO\
    J8Qc5pM7ZsOsAPPrCQL7nK0I7aPrFDF0q4ziUUKettzW8MrAaiVfmbD1/VkmLNVqqZVvBCtRblXb\
    5FHmtS8FxnqCzYP4WFvz3T0TcrOqwLX1M/DQvcHaGGw0B0y4bZMs7lVScGBFxMj3vbFi2SRKbKha\
    itxHfYHAOAa0X7/MSS0RNAjdwoyGHeOepXOKY+h3iHeqCvgOH6LOifdHf/1aaZNwSkGotYnYScW8\
    Yx63LnSwba7+hESrtPa/huRmB9KWvMCKbDThL/nne14hnL277EDCSocPu3rOSYjuB9gKSOdVmWsj\
    9Dxb/iZIe+S6AiG29Esm+/eUacSba0k8wn5HhHg9d4tIcixrxveflc8vi2/wNQGVFNsGO6tB5WF0\
    xf/plngOvQ1/ivGV/C1Qpdhzznh0ExAVJ6dwzNg7qIEBaw+BzTJTUuRcPk92Sn6QDn2Pu3mpONaE\
    umacjW4w6ipPnPw+g2TfywJjeEcpSZaP4Q3YV5HG8D6UjWA4GSkBKculWpdCMadx0usMomsSS/74\
    QgpYqcPkmamB4nVv1JxczYITIqItIKjD35IGKAUwAA==";
