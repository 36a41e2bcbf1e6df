//! Two endpoints as the probes use them: with nothing in them that means anything.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    endpoint::{Draft, Endpoint, HostRole, Repeat, Row, bin},
    id::CommandId,
    output::Stream,
};

pub(crate) const DOWNLOAD_ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetmsgimg"),
    timeout: Duration::from_secs(60),
    repeat: Repeat::Idempotent,
    limit: 64 << 10,
};

pub(crate) const ONCE_ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxcreatechatroom"),
    timeout: Duration::from_secs(60),
    repeat: Repeat::AtMostOnce,
    limit: 64 << 10,
};

/// A picture, for the sink of that command.
pub(crate) fn download(command: CommandId) -> Draft {
    Draft::ajax(Endpoint::ProbeDownload, DOWNLOAD_ROW.path.to_owned())
        .into_stream(Stream::of(command))
}

/// Something that happens each time it is asked for.
pub(crate) fn once() -> Draft {
    let nothing = BTreeMap::<&str, &str>::new();
    Draft::json(Endpoint::ProbeOnce, ONCE_ROW.path.to_owned(), &nothing)
}
