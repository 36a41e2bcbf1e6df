//! What waits for an application that does not read.

use wx_proto::EventKind;
use wx_sim::{
    server::Setup,
    world::{Reading, World},
};

use crate::common::*;

#[test]
fn gaps_that_nobody_reads_become_one_that_counts_them() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("webwxsync", u32::MAX, page(200, "garbage"));
    let friend = friend(&world);
    hears(&mut world, &friend, "hello");
    world.set_reading(bot, Reading::Stalled);
    world.run_for(24 * HOUR);
    world.set_reading(bot, Reading::Prompt);
    let events = world.events(bot);
    assert!(events.len() < 20, "{} events were waiting", events.len());
    let times: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Gap(gap) => Some(gap.times),
            _ => None,
        })
        .collect();
    assert!(times.len() == 1 && times[0] > 20, "{times:?}");
}
