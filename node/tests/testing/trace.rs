//! Traces of a running domain, as it would be on a node.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use farc::bus::{Bus, BusSettings};
use farc::prelude::*;
use farc::trace::{TextTrace, VcdTrace};
use farc::{Clock as _, DomainSettings, Life, ManualClock, Observer};

#[derive(Event)]
pub(crate) enum LampEvent {
    #[event(local)]
    Press,
    #[event(local)]
    Timeout,
    #[event(local)]
    Break,
}

pub(crate) struct Lamp;

#[hsm(event = LampEvent, initial = off)]
impl Lamp {
    #[state]
    fn off(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Press => To(State::On),
            LampEvent::Break => panic!("broken"),
            LampEvent::Timeout => Super,
        }
    }

    #[state(initial = bright)]
    fn on(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Press | LampEvent::Timeout => To(State::Off),
            LampEvent::Break => Super,
        }
    }

    #[entry(on)]
    fn limit(&mut self, cx: &mut Context<Self>) {
        let _ = cx.after(Duration::from_millis(1500), LampEvent::Timeout);
    }

    #[state(parent = on)]
    fn bright(&mut self, _: &LampEvent) -> Next<Self> {
        Super
    }
}

impl Actor for Lamp {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

/// A sink that two can hold.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk that is full after so many writes.
struct Full(u32);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two lamps, one of which is pressed and then broken, and their domain stops.
pub(crate) fn run(observer: Arc<dyn Observer>) {
    let clock = Arc::new(ManualClock::new());
    let mut settings = BusSettings::new("bench".parse().unwrap(), Life::default());
    settings.observer = Some(observer);
    let mut domain = Domain::new(DomainSettings {
        bus: Bus::new(settings),
        clock: clock.clone(),
        seed: [0; 32],
    });
    let options = ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    };
    let hall = domain.spawn::<Lamp>("hall", (), options.clone()).unwrap();
    let attic = domain.spawn::<Lamp>("attic", (), options).unwrap();
    domain.start();
    clock.advance(Duration::from_micros(2500));
    domain.post(&hall, LampEvent::Press).unwrap();
    domain.post(&attic, LampEvent::Press).unwrap();
    domain.post(&attic, LampEvent::Break).unwrap();
    domain.post(&attic, LampEvent::Press).unwrap();
    domain.post(&attic, LampEvent::Break).unwrap();
    domain.run_until_idle(clock.now());
    clock.advance(Duration::from_millis(1500));
    domain.run_until_idle(clock.now());
    domain.stop();
}

#[test]
fn a_line_tells_when_who_and_what() {
    let sink = Shared::default();
    run(Arc::new(TextTrace::new(sink.clone())));
    expect![[r#"
        0.000000 hall start: top-INIT;off-ENTRY;
        0.000000 attic start: top-INIT;off-ENTRY;
        0.002500 hall Press: off-Press;off-EXIT;on-ENTRY;on-INIT;bright-ENTRY;
        0.002500 attic Press: off-Press;off-EXIT;on-ENTRY;on-INIT;bright-ENTRY;
        0.002500 attic Break: top-IGNORED;
        0.002500 attic Press: on-Press;bright-EXIT;on-EXIT;off-ENTRY;
        0.002500 attic Break: panic "broken";
        1.502500 hall Timeout: on-Timeout;bright-EXIT;on-EXIT;off-ENTRY;
        1.502500 hall stop: off-EXIT;
    "#]]
    .assert_eq(&sink.text());
}

#[test]
fn a_sink_that_fails_is_left_alone_and_the_actors_go_on() {
    for writes in 0..12 {
        run(Arc::new(TextTrace::new(Full(writes))));
    }
}

#[test]
fn a_vcd_file_shows_states_and_events_over_time() {
    let sink = Shared::default();
    run(Arc::new(VcdTrace::with_actors(sink.clone(), ["cellar"])));
    expect![[r#"
        $version
            farc
        $end
        $timescale 1 ns $end
        $scope module farc $end
        $scope module attic $end
        $var string 1 ! state $end
        $var string 1 " event $end
        $var event 1 # step $end
        $upscope $end
        $scope module cellar $end
        $var string 1 $ state $end
        $var string 1 % event $end
        $var event 1 & step $end
        $upscope $end
        $scope module hall $end
        $var string 1 ' state $end
        $var string 1 ( event $end
        $var event 1 ) step $end
        $upscope $end
        $upscope $end
        $enddefinitions $end
        #0
        $dumpvars
        soff !
        s- "
        s- $
        s- %
        soff '
        s- (
        $end
        #2500000
        1)
        sPress (
        son.bright '
        #2500001
        1#
        sPress "
        son.bright !
        #2500002
        1#
        sBreak "
        son.bright !
        #2500003
        1#
        sPress "
        soff !
        #2500004
        sfailed !
        #1502500000
        1)
        sTimeout (
        soff '
        #1502500001
        sstopped '
    "#]]
    .assert_eq(&sink.text());
}

/// The file through the crate's parser: what a viewer would show.
#[test]
fn a_vcd_file_can_be_read_back() {
    let sink = Shared::default();
    run(Arc::new(VcdTrace::new(sink.clone())));
    let text = sink.text();
    let mut parser = vcd::Parser::new(text.as_bytes());
    let header = parser.parse_header().unwrap();
    assert_eq!(header.timescale, Some((1, vcd::TimescaleUnit::NS)));
    let hall = header.find_var(&["farc", "hall", "state"]).unwrap().code;
    let mut now = 0;
    let mut seen = Vec::new();
    for command in parser {
        let command = command.unwrap();
        if let vcd::Command::Timestamp(time) = command {
            now = time;
        } else if let vcd::Command::ChangeString(id, state) = command
            && id == hall
        {
            seen.push(format!("{now} {state}"));
        }
    }
    expect![[r#"
        0 off
        2500000 on.bright
        1502500000 off
        1502500001 stopped"#]]
    .assert_eq(&seen.join("\n"));
}

#[test]
fn a_full_disk_ends_a_vcd_file_and_nothing_else() {
    for writes in 0..200 {
        run(Arc::new(VcdTrace::new(Full(writes))));
    }
}
