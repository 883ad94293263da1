//! The charts of the documentation, as actors.

use farc::hsm;
use farc::hsm::Next::{self, DeepHistory, Defer, Handled, History, Reenter, Stop, Super, To};

pub(crate) struct Station {
    strength: u8,
}

impl Station {
    fn is_clear(&self) -> bool {
        self.strength > 50
    }
}

pub(crate) enum PlayerEvent {
    Power,
    Ring,
    Reset,
    Band,
    Play,
    Found(Station),
    Seek,
    HangUp,
}

pub(crate) struct Player {
    pub(crate) emergency: bool,
}

/// Who calls.
pub(crate) struct Call;

#[hsm(event = PlayerEvent, initial = off, context = ())]
impl Player {
    #[state]
    fn off(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Power => DeepHistory(State::On),
            _ => Super,
        }
    }

    #[state(initial = music, history(deep, default = tuned))]
    fn on(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Power => To(State::Off),
            PlayerEvent::Ring => To(State::Call),
            PlayerEvent::Reset => Reenter(State::On),
            _ => Super,
        }
    }

    #[entry(on)]
    fn light_up(&mut self) {}

    #[exit(on)]
    fn go_dark(&mut self) {}

    #[state(parent = on, initial = paused)]
    fn music(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Band => History(State::Radio),
            _ => Super,
        }
    }

    #[state(parent = music)]
    fn playing(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Play => To(State::Paused),
            _ => Super,
        }
    }

    #[state(parent = music)]
    fn paused(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Play => To(State::Playing),
            _ => Super,
        }
    }

    #[state(parent = on, initial = seeking, history)]
    fn radio(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Band => To(State::Music),
            _ => Super,
        }
    }

    #[state(parent = radio)]
    fn seeking(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Found(station) if station.is_clear() => To(State::Tuned),
            PlayerEvent::Found(_) => Handled,
            _ => Super,
        }
    }

    #[state(parent = radio)]
    fn tuned(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::Seek => To(State::Seeking),
            _ => Super,
        }
    }

    #[state(data = Call)]
    fn call(&mut self, event: &PlayerEvent) -> Next<Self> {
        match event {
            PlayerEvent::HangUp => History(State::On),
            PlayerEvent::Play | PlayerEvent::Band => Defer,
            PlayerEvent::Power if self.emergency => Handled,
            PlayerEvent::Power => Stop,
            _ => Super,
        }
    }

    #[entry(call)]
    fn pick_up(&mut self) -> Call {
        Call
    }
}

pub(crate) enum DroneEvent {
    Launch(u32),
    Land,
    Crash,
    AtHeight,
    LowBattery,
    AtHome,
    LinkLost,
    LinkFound,
    Command(u32),
}

pub(crate) struct Drone {
    pub(crate) battery: u8,
}

#[hsm(event = DroneEvent, initial = parked, context = ())]
impl Drone {
    #[state]
    fn parked(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::Launch(_) if self.battery > 40 => To(State::Airborne),
            _ => Super,
        }
    }

    #[state(regions = [flight, radio])]
    fn airborne(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::Land => To(State::Parked),
            DroneEvent::Crash => Stop,
            _ => Super,
        }
    }

    #[entry(airborne)]
    fn take_off(&mut self) {}

    #[exit(airborne)]
    fn touch_down(&mut self) {}

    #[state(parent = airborne, initial = climbing)]
    fn flight(&mut self, _: &DroneEvent) -> Next<Self> {
        Super
    }

    #[state(parent = flight)]
    fn climbing(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::AtHeight => To(State::Cruising),
            _ => Super,
        }
    }

    #[state(parent = flight)]
    fn cruising(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::LowBattery => To(State::Returning),
            DroneEvent::LinkLost => To(State::Returning),
            _ => Super,
        }
    }

    #[state(parent = flight)]
    fn returning(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::LowBattery => Handled,
            DroneEvent::AtHome => To(State::Parked),
            _ => Super,
        }
    }

    #[state(parent = airborne, initial = linked)]
    fn radio(&mut self, _: &DroneEvent) -> Next<Self> {
        Super
    }

    #[state(parent = radio)]
    fn linked(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::LinkLost => To(State::Lost),
            _ => Super,
        }
    }

    #[state(parent = radio)]
    fn lost(&mut self, event: &DroneEvent) -> Next<Self> {
        match event {
            DroneEvent::LinkFound => To(State::Linked),
            DroneEvent::Command(_) => Defer,
            _ => Super,
        }
    }

    #[entry(lost)]
    fn call_for_help(&mut self) {}
}
