//! Sessions step by step, for the targets that make their own.

use wx_proto::{TransportErrorKind, fuzzing::Step as Call};
use wx_sim::{
    fuzzing::{ENDPOINTS, Lent, Step},
    net::Fate,
    world::Reading,
};

use crate::Seeds;

/// The usual answer to the newest request.
const USUAL: Call<'_> = Call::Answer { which: 0, how: 0 };

/// Answers the newest request in another way.
const fn answer(how: u8) -> Call<'static> {
    Call::Answer { which: 0, how }
}

/// Until everything is answered that a login asks. Only the poll is open then.
fn login() -> Vec<Call<'static>> {
    let scan = [answer(0), answer(1), Call::Due];
    let notice = Call::Answer { which: 1, how: 0 };
    [&scan[..], &[USUAL; 5], &[notice]].concat()
}

fn times<T: Clone>(steps: &[T], times: usize) -> Vec<T> {
    vec![steps.to_vec(); times].concat()
}

pub(crate) fn client_ops(seeds: &mut Seeds) {
    let news = |kind| vec![answer(0), answer(kind), Call::Take(9), Call::Acknowledge(0)];
    let submit = |what, chat| vec![Call::Submit { what, chat }, USUAL, USUAL];
    let online: Vec<(&str, Vec<Call<'_>>)> = vec![
        ("login", vec![]),
        ("news", (0..16).flat_map(news).collect()),
        ("again", [news(4), news(4), news(0), news(4)].concat()),
        ("quiet", times(&[answer(1), Call::Due], 6)),
        (
            "kicked",
            vec![answer(3), USUAL, USUAL, answer(4), answer(9), USUAL],
        ),
        (
            "commands",
            (0..40).flat_map(|what| submit(what, 1)).collect(),
        ),
        ("rooms", (8..31).flat_map(|what| submit(what, 2)).collect()),
        (
            "foreign",
            (8..31).flat_map(|what| submit(what, 6)).collect(),
        ),
        (
            "media",
            [
                news(6),
                news(13),
                news(14),
                (31..40).flat_map(|what| submit(what, 1)).collect(),
            ]
            .concat(),
        ),
        (
            "upload",
            [
                vec![Call::Submit { what: 7, chat: 0 }],
                vec![Call::Block { which: 0, how: 0 }; 2],
                times(&[Call::Block { which: 0, how: 0 }, USUAL], 2),
                vec![
                    Call::Submit { what: 12, chat: 1 },
                    Call::Block { which: 0, how: 250 },
                ],
            ]
            .concat(),
        ),
        (
            "refusals",
            (8..16)
                .flat_map(|how| [Call::Submit { what: 8, chat: 1 }, answer(how)])
                .collect(),
        ),
        (
            "failures",
            (0..9)
                .flat_map(|how| {
                    [
                        Call::Submit { what: 8, chat: 1 },
                        Call::Fail { which: 0, how },
                        Call::Due,
                    ]
                })
                .collect(),
        ),
        (
            "damage",
            (11..16)
                .flat_map(|how| [answer(how << 4), Call::Due, Call::Due])
                .collect(),
        ),
        (
            "crash",
            [
                news(0),
                vec![answer(0), answer(2), Call::Take(3), Call::Crash],
                vec![USUAL; 6],
                news(4),
            ]
            .concat(),
        ),
        (
            "cancel",
            vec![
                Call::Submit { what: 8, chat: 1 },
                Call::Cancel(0),
                Call::Submit { what: 7, chat: 0 },
                Call::Cancel(0),
            ],
        ),
        (
            "logout",
            vec![
                Call::Submit { what: 8, chat: 1 },
                Call::Submit { what: 5, chat: 9 },
                USUAL,
                USUAL,
                Call::Due,
            ],
        ),
        (
            "close",
            vec![
                Call::Submit { what: 8, chat: 1 },
                Call::Close {
                    logout: true,
                    drain: 9,
                },
                Call::Due,
                Call::Due,
            ],
        ),
        (
            "clock",
            vec![
                Call::Clock(200),
                Call::Early,
                Call::Stale(1),
                Call::Clock(100),
                Call::Due,
            ],
        ),
        ("silence", vec![Call::Due; 40]),
        (
            "long wait",
            vec![Call::Wait(60_000), Call::Early, Call::Due, Call::Take(99)],
        ),
        (
            "garbage",
            (0..16)
                .flat_map(|head| {
                    let body = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#;
                    [
                        Call::Body {
                            which: 0,
                            head,
                            body,
                        },
                        Call::Due,
                    ]
                })
                .collect(),
        ),
    ];
    for (name, steps) in online {
        ops(seeds, name, [0, 0], [login(), steps].concat());
    }
    for (name, how) in [("refused", 1), ("no credentials", 2), ("empty", 15)] {
        ops(
            seeds,
            name,
            [0, 0],
            vec![USUAL, USUAL, answer(how), Call::Due, USUAL],
        );
    }
    for (name, how) in [
        ("code 408", 2),
        ("declined", 3),
        ("expired", 4),
        ("evil", 6),
        ("other", 7),
    ] {
        ops(
            seeds,
            name,
            [0, 0],
            vec![USUAL, answer(how), Call::Due, USUAL, Call::Due],
        );
    }
    let news = [login(), news(0), submit(8, 1), submit(8, 1)].concat();
    for (name, settings) in [
        ("mapped", [4, 0]),
        ("paced", [128, 0]),
        ("small", [0, 15]),
        ("impatient", [32, 16]),
        ("skip", [64 | 8, 0]),
    ] {
        ops(seeds, name, settings, news.clone());
    }
    ops(seeds, "file helper", [1, 0], vec![USUAL; 9]);
}

fn ops(seeds: &mut Seeds, name: &str, settings: [u8; 2], steps: Vec<Call<'_>>) {
    let mut bytes = settings.to_vec();
    for step in steps {
        step.write(&mut bytes);
    }
    seeds.add("client_ops", &name.replace(' ', "_"), &bytes);
}

pub(crate) fn client_vs_server(seeds: &mut Seeds) {
    let at = |name: &str| {
        let place = ENDPOINTS.iter().position(|known| *known == name);
        place
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or_default()
    };
    let doom = |name, times, fate| Step::Doom {
        at: at(name),
        times,
        fate,
    };
    let wait = Step::Wait(5000);
    let heard = vec![Step::Heard, wait.clone()];
    let order = |what| Step::Do {
        what,
        chat: 4,
        lent: Lent::Source(3000),
    };
    let say = Step::Say { chat: 4, len: 1 };
    let reset = Fate::Unheard(TransportErrorKind::Reset);
    let mut all: Vec<(&str, Vec<Step>)> = vec![
        ("heard", times(&heard, 3)),
        ("says", [vec![say.clone(); 4], heard.clone()].concat()),
        (
            "commands",
            (0..17)
                .flat_map(|what| [order(what), wait.clone()])
                .collect(),
        ),
        (
            "happens",
            (0..12)
                .flat_map(|which| {
                    [
                        Step::Happens(which),
                        Step::Heard,
                        wait.clone(),
                        Step::Online,
                    ]
                })
                .collect(),
        ),
        (
            "reset",
            [
                vec![
                    doom("webwxsync", 3, reset),
                    doom("webwxsendmsg", 2, reset),
                    say.clone(),
                ],
                heard.clone(),
            ]
            .concat(),
        ),
        (
            "stalls",
            [
                vec![
                    doom("synccheck", 2, Fate::Stalls),
                    doom("webwxsync", 1, Fate::Stalls),
                ],
                times(&heard, 2),
            ]
            .concat(),
        ),
        (
            "torn",
            [
                vec![doom("webwxsync", 2, Fate::Truncated(500))],
                times(&heard, 2),
            ]
            .concat(),
        ),
        (
            "storm",
            [
                vec![Step::Storm(60)],
                times(&heard, 4),
                vec![say.clone(), order(1)],
            ]
            .concat(),
        ),
        (
            "cancels",
            vec![
                say.clone(),
                Step::Cancel(0),
                order(1),
                Step::Cancel(1),
                Step::Heard,
            ],
        ),
        (
            "crash",
            [
                heard.clone(),
                vec![Step::Heard, Step::Crash, Step::Online],
                heard.clone(),
            ]
            .concat(),
        ),
        (
            "crash unread",
            [
                vec![Step::Read(Reading::Manual)],
                times(&heard, 3),
                // Of what was taken, some is done with, some is not.
                (0..4).map(|nth| Step::Acknowledge(nth * 2)).collect(),
                vec![Step::Crash, Step::Online],
                heard.clone(),
            ]
            .concat(),
        ),
        (
            "crash often",
            [
                vec![
                    Step::Read(Reading::Manual),
                    Step::Heard,
                    Step::Heard,
                    wait.clone(),
                ],
                times(
                    &[Step::Acknowledge(1), Step::Crash, Step::Online, Step::Heard],
                    4,
                ),
            ]
            .concat(),
        ),
        (
            "stalled",
            [
                vec![Step::Read(Reading::Stalled)],
                times(&heard, 3),
                vec![Step::Read(Reading::Prompt)],
                heard.clone(),
            ]
            .concat(),
        ),
        (
            "kicked",
            vec![
                Step::Heard,
                Step::Happens(3),
                Step::Heard,
                Step::Online,
                Step::Heard,
                wait.clone(),
            ],
        ),
        (
            "closed",
            vec![
                say.clone(),
                Step::Heard,
                Step::Close {
                    logout: true,
                    drain: 9,
                },
                wait.clone(),
            ],
        ),
    ];
    for (name, ret) in [
        ("ret 1205", 1205),
        ("ret 1101", 1101),
        ("ret -1", -1),
        ("ret 77", 77),
    ] {
        let refuse = |endpoint| Step::Refuse {
            at: at(endpoint),
            times: 2,
            ret,
        };
        let steps = vec![
            refuse("webwxsendmsg"),
            refuse("webwxsync"),
            say.clone(),
            Step::Heard,
            wait.clone(),
        ];
        all.push((name, steps));
    }
    for (name, body) in [
        ("html", "<html><title>Sign in</title></html>"),
        ("nothing", ""),
        ("success", r#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#),
        ("script", "window.synccheck={retcode:\"0\",selector:\"2\"}"),
    ] {
        let garble = |endpoint, after| Step::Garble {
            at: at(endpoint),
            times: 2,
            after,
            status: 200,
            body: body.as_bytes().to_vec(),
        };
        let steps = vec![
            garble("webwxsync", false),
            garble("webwxsendmsg", true),
            garble("synccheck", false),
            say.clone(),
            Step::Heard,
            wait.clone(),
        ];
        all.push((name, steps));
    }
    for (name, steps) in all {
        vs_server(seeds, name, 0, &steps);
    }
    let early = [
        vec![
            doom("webwxinit", 2, reset),
            doom("login", 1, Fate::Unavailable),
            Step::Online,
        ],
        heard,
    ]
    .concat();
    vs_server(seeds, "early", 128, &early);
    vs_server(
        seeds,
        "paced",
        16,
        &[vec![say; 8], vec![Step::Heard, wait.clone()]].concat(),
    );
    vs_server(
        seeds,
        "small",
        32 | 8,
        &[Step::Heard, Step::Heard, Step::Heard, wait, Step::Heard],
    );
}

fn vs_server(seeds: &mut Seeds, name: &str, settings: u8, steps: &[Step]) {
    let mut bytes = vec![settings];
    for step in steps {
        step.write(&mut bytes);
    }
    seeds.add("client_vs_server", &name.replace(' ', "_"), &bytes);
}
