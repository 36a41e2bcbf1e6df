//! How long connections are kept.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use async_std::{
    io::ReadExt,
    net::{TcpListener, TcpStream},
    task::{block_on, spawn},
};

/// A connection on which nothing happens, and its other end.
async fn link() -> (Link, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await;
    let (far, _) = listener.accept().await.unwrap();
    (Link::new(Box::new(near.unwrap())).await.unwrap(), far)
}

#[test]
fn idle_connections_are_closed_after_a_while() {
    block_on(async {
        let pool = Arc::new(Pool::default());
        let ((old, mut old_far), (young, _young_far)) = (link().await, link().await);
        pool.shelf().swept = true;
        pool.put("a".into(), old);
        // This one does not get old while the test runs, however long that takes.
        let later = Instant::now() + Duration::from_secs(3600);
        let kept = BTreeMap::from([("b".to_owned(), vec![(later, young)])]);
        pool.shelf().idle.extend(kept);
        let sweeper = spawn(sweep(Arc::downgrade(&pool), Duration::from_millis(20)));
        // Until it is closed.
        assert_eq!(old_far.read(&mut [0]).await.unwrap(), 0);
        assert!(pool.take("a").await.is_none());
        let young = pool.take("b").await.unwrap();
        // With nothing left to sweep, nobody does, until there is something again.
        sweeper.await;
        assert!(!pool.shelf().swept);
        pool.put("b".into(), young);
        assert!(pool.shelf().swept);
    });
}

#[test]
fn one_that_the_service_closed_is_not_given_out() {
    block_on(async {
        let pool = Arc::new(Pool::default());
        let (open, _far) = link().await;
        let (closed, far) = link().await;
        pool.put("a".into(), open);
        pool.put("a".into(), closed);
        drop(far);
        sleep(Duration::from_millis(50)).await;
        assert!(pool.take("a").await.is_some());
        assert!(pool.take("a").await.is_none());
    });
}

#[test]
fn no_more_than_a_bound_are_kept() {
    block_on(async {
        let pool = Arc::new(Pool::default());
        let mut ends = Vec::new();
        for _ in 0..KEPT + 3 {
            let (link, far) = link().await;
            pool.put("a".into(), link);
            ends.push(far);
        }
        assert_eq!(pool.shelf().idle.get("a").map(Vec::len), Some(KEPT));
    });
}
