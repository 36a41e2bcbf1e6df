//! How far a transfer is, and commands that nobody waits for.

use std::{
    sync::{Arc, Mutex},
    task::Poll,
};

use bytes::Bytes;
use http::Response;
use wx_proto::{
    Close, Command, CommandError, CommandId, MediaKind, Progress, SendText, TransportErrorKind,
    Upload,
    driver::{Call, CallError, Handle, Lent, Work},
};
use wx_sim::server::{Endpoint, Server};

use crate::lab::{Bell, Lab, PIECE, avatar, poll, upload};

const REFUSED: &[u8] = br#"{"BaseResponse":{"Ret":1,"ErrMsg":""},"MediaId":""}"#;

/// What was told, one after another.
type Told = Arc<Mutex<Vec<(u64, Option<u64>)>>>;

fn watched<C: Command>(command: C) -> (impl Command<Reply = C::Reply>, Told) {
    let told = Told::default();
    let note = Arc::clone(&told);
    let tell = move |progress: Progress| {
        note.lock().unwrap().push((progress.done, progress.total));
    };
    (command.on_progress(tell), told)
}

/// Does what a caller does, until the reply is there.
fn serve<C: Command>(lab: &Lab, mut call: Call<C>) -> Result<C::Reply, CallError> {
    let mut worker = call.worker();
    loop {
        while let Poll::Ready(Some(work)) = poll(worker.next()) {
            match work {
                Work::Read(block) => worker.read(block.id, Ok(vec![7; block.len].into())),
                Work::Write(piece) => worker.wrote(&piece, Ok(())),
            }
        }
        if let Poll::Ready(reply) = poll(&mut call) {
            return reply;
        }
        lab.run();
    }
}

fn text(handle: &Handle, said: &str) -> SendText {
    let chat = handle.inspect(|client| client.chat("filehelper"));
    SendText::new(chat.unwrap().unwrap(), said)
}

fn plant_picture(lab: &Lab, headers: &[(&str, &str)], body: impl Into<Bytes>) {
    let mut reply = Response::builder().header("content-type", "image/jpeg");
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    let reply = reply.body(body.into()).unwrap();
    lab.server(|server| server.plant("webwxgeticon", 1, reply));
}

#[test]
fn an_upload_tells_each_piece_and_ends_at_its_length() {
    let (lab, handle, _events) = Lab::online();
    lab.plant_uploads(3);
    let len = 2 * PIECE + 100;
    let (upload, told) = watched(upload(len));
    let call = handle.submit(upload, Lent::Source);
    assert_eq!(call.progress(), None);
    serve(&lab, call).unwrap();
    let told = told.lock().unwrap();
    let expected = [PIECE, 2 * PIECE, len].map(|done| (done, Some(len)));
    assert_eq!(*told, expected);
}

#[test]
fn a_call_knows_how_far_it_came() {
    let (lab, handle, _events) = Lab::online();
    lab.plant_uploads(1);
    lab.plant("webwxuploadmedia", 1, "text/plain", REFUSED);
    let upload = Upload::bytes(MediaKind::File, "a.bin", vec![7; 3 * PIECE as usize]);
    let call = handle.submit(upload, Lent::Nothing);
    lab.run();
    let progress = call.progress().unwrap();
    assert_eq!(call.id(), Some(progress.command));
    assert_eq!((progress.done, progress.total), (PIECE, Some(3 * PIECE)));
}

#[test]
fn a_download_tells_what_the_sink_has_and_how_much_it_gets() {
    let (lab, handle, _events) = Lab::online();
    plant_picture(&lab, &[("content-length", "11")], "eleven byte");
    let (fetch, told) = watched(avatar(&handle).unwrap());
    serve(&lab, handle.submit(fetch, Lent::Sink)).unwrap();
    let told = told.lock().unwrap();
    assert_eq!(*told, [(4, Some(11)), (8, Some(11)), (11, Some(11))]);
}

#[test]
fn without_a_length_a_download_tells_it_at_its_end() {
    let (lab, handle, _events) = Lab::online();
    plant_picture(&lab, &[], "eleven byte");
    let (fetch, told) = watched(avatar(&handle).unwrap());
    serve(&lab, handle.submit(fetch, Lent::Sink)).unwrap();
    let told = told.lock().unwrap();
    assert_eq!(*told, [(4, None), (8, None), (11, None), (11, Some(11))]);
}

#[test]
fn who_waits_is_told_in_its_own_time_and_before_the_end() {
    let (lab, handle, _events) = Lab::online();
    lab.plant_uploads(1);
    lab.plant("webwxuploadmedia", 1, "text/plain", REFUSED);
    let upload = Upload::bytes(MediaKind::File, "a.bin", vec![7; 3 * PIECE as usize]);
    let (upload, told) = watched(upload);
    let mut call = handle.submit(upload, Lent::Nothing);
    let bell = Arc::<Bell>::default();
    assert!(bell.poll(&mut call).is_pending());
    lab.run();
    assert!(told.lock().unwrap().is_empty(), "told before it was asked");
    assert!(bell.rung());
    // The second piece was refused. What was through before is told all the same.
    assert!(matches!(bell.poll(&mut call), Poll::Ready(Err(_))));
    assert_eq!(*told.lock().unwrap(), [(PIECE, Some(3 * PIECE))]);
}

#[test]
fn who_is_told_may_use_the_session() {
    crate::calls::within_seconds(20, || {
        let (lab, handle, _events) = Lab::online();
        lab.plant_uploads(2);
        let upload = Upload::bytes(MediaKind::File, "a.bin", vec![7; 2 * PIECE as usize]);
        let user = handle.clone();
        let upload = upload.on_progress(move |progress| {
            let _ = user.inspect(|client| client.phase());
            user.post(text(&user, &format!("{} bytes", progress.done)));
        });
        serve(&lab, handle.submit(upload, Lent::Nothing)).unwrap();
        lab.run();
        let said = lab.server(|server| said(server));
        assert_eq!(said, ["1048576 bytes"], "the latest is told, and once");

        // It may own a handle, and go with its call or its submission.
        let watched = |handle: &Handle| {
            let user = handle.clone();
            avatar(handle)
                .unwrap()
                .on_progress(move |_| user.close(Close::default()))
        };
        drop(handle.submit(watched(&handle), Lent::Sink));
        assert!(handle.post(watched(&handle)).is_some());
        let late = [watched(&handle), watched(&handle)];
        handle.close(Close::default());
        lab.run();
        let [late, later] = late;
        drop(handle.submit(late, Lent::Sink));
        assert_eq!(handle.post(later), None);
    });
}

fn said(server: &Server) -> Vec<String> {
    server.received().map(|it| it.text.clone()).collect()
}

#[test]
fn what_is_posted_is_carried_out_though_nobody_waits() {
    let (lab, handle, _events) = Lab::online();
    let ids: Vec<Option<CommandId>> = ["one", "two"]
        .map(|said| handle.post(text(&handle, said)))
        .into();
    assert!(ids[0].is_some() && ids[0] < ids[1]);
    let call = handle.submit(text(&handle, "three"), Lent::Nothing);
    assert_eq!(call.id().max(ids[1]), call.id());
    serve(&lab, call).unwrap();
    assert_eq!(
        lab.server(|server| said(server)),
        ["one", "two", "three"],
        "in the order in which they were submitted"
    );
    assert!(
        lab.aborted.borrow().is_empty(),
        "nobody holds it, and nobody cancelled it"
    );
    handle.close(Close::default());
    lab.run();
    // Nothing is left to be carried out by anybody.
    assert!(!lab.is_driven());
}

#[test]
fn to_what_is_posted_nothing_is_lent() {
    let (lab, handle, _events) = Lab::online();
    plant_picture(&lab, &[], "eleven byte");
    handle.post(avatar(&handle).unwrap()).unwrap();
    handle.post(upload(10)).unwrap();
    lab.assert_quiet();
    assert_eq!(
        handle.inspect(|client| client.waiting_commands()).unwrap(),
        0,
        "it waits for somebody who is not there"
    );
    let tallies =
        |endpoint| lab.server(|server| server.tallies().get(&endpoint).map(|tally| tally.requests));
    assert_eq!(tallies(Endpoint::GetIcon), Some(1));
    assert_eq!(tallies(Endpoint::UploadMedia), None);
    // And the same with somebody who waits.
    plant_picture(&lab, &[], "eleven byte");
    let call = handle.submit(avatar(&handle).unwrap(), Lent::Nothing);
    let Err(CallError::Command(CommandError::Transport { last, .. })) = serve(&lab, call) else {
        panic!("written to nobody")
    };
    assert_eq!(last, TransportErrorKind::Sink);
}
