//! As deep and as large as a chart may be.

use farc::hsm;
use farc::hsm::Next::{self, Reenter, Super, To};
use farc::hsm::{MAX_LEVELS, MAX_STATES, Machine, StateId};

use crate::chart::Told;

/// What the state at a level shall do.
struct Go(u8, Where);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    To16,
    To1,
    Again1,
    Myself,
}

use Where::{Again1, Myself, To1, To16};

struct Deep;

#[hsm(event = Go, initial = l1, context = Told)]
impl Deep {
    #[state(initial = l16)]
    fn l1(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(1, To16) => To(State::L16),
            Go(1, To1) => To(State::L1),
            Go(1, Again1) => Reenter(State::L1),
            Go(1, Myself) => To(State::L1),
            _ => Super,
        }
    }

    #[state(parent = l1, initial = l3)]
    fn l2(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(2, To16) => To(State::L16),
            Go(2, To1) => To(State::L1),
            Go(2, Again1) => Reenter(State::L1),
            Go(2, Myself) => To(State::L2),
            _ => Super,
        }
    }

    #[state(parent = l2, initial = l4)]
    fn l3(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(3, To16) => To(State::L16),
            Go(3, To1) => To(State::L1),
            Go(3, Again1) => Reenter(State::L1),
            Go(3, Myself) => To(State::L3),
            _ => Super,
        }
    }

    #[state(parent = l3, initial = l5)]
    fn l4(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(4, To16) => To(State::L16),
            Go(4, To1) => To(State::L1),
            Go(4, Again1) => Reenter(State::L1),
            Go(4, Myself) => To(State::L4),
            _ => Super,
        }
    }

    #[state(parent = l4, initial = l6)]
    fn l5(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(5, To16) => To(State::L16),
            Go(5, To1) => To(State::L1),
            Go(5, Again1) => Reenter(State::L1),
            Go(5, Myself) => To(State::L5),
            _ => Super,
        }
    }

    #[state(parent = l5, initial = l7)]
    fn l6(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(6, To16) => To(State::L16),
            Go(6, To1) => To(State::L1),
            Go(6, Again1) => Reenter(State::L1),
            Go(6, Myself) => To(State::L6),
            _ => Super,
        }
    }

    #[state(parent = l6, initial = l8)]
    fn l7(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(7, To16) => To(State::L16),
            Go(7, To1) => To(State::L1),
            Go(7, Again1) => Reenter(State::L1),
            Go(7, Myself) => To(State::L7),
            _ => Super,
        }
    }

    #[state(parent = l7, initial = l9)]
    fn l8(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(8, To16) => To(State::L16),
            Go(8, To1) => To(State::L1),
            Go(8, Again1) => Reenter(State::L1),
            Go(8, Myself) => To(State::L8),
            _ => Super,
        }
    }

    #[state(parent = l8, initial = l10)]
    fn l9(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(9, To16) => To(State::L16),
            Go(9, To1) => To(State::L1),
            Go(9, Again1) => Reenter(State::L1),
            Go(9, Myself) => To(State::L9),
            _ => Super,
        }
    }

    #[state(parent = l9, initial = l11)]
    fn l10(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(10, To16) => To(State::L16),
            Go(10, To1) => To(State::L1),
            Go(10, Again1) => Reenter(State::L1),
            Go(10, Myself) => To(State::L10),
            _ => Super,
        }
    }

    #[state(parent = l10, initial = l12)]
    fn l11(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(11, To16) => To(State::L16),
            Go(11, To1) => To(State::L1),
            Go(11, Again1) => Reenter(State::L1),
            Go(11, Myself) => To(State::L11),
            _ => Super,
        }
    }

    #[state(parent = l11, initial = l13)]
    fn l12(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(12, To16) => To(State::L16),
            Go(12, To1) => To(State::L1),
            Go(12, Again1) => Reenter(State::L1),
            Go(12, Myself) => To(State::L12),
            _ => Super,
        }
    }

    #[state(parent = l12, initial = l14)]
    fn l13(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(13, To16) => To(State::L16),
            Go(13, To1) => To(State::L1),
            Go(13, Again1) => Reenter(State::L1),
            Go(13, Myself) => To(State::L13),
            _ => Super,
        }
    }

    #[state(parent = l13, initial = l15)]
    fn l14(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(14, To16) => To(State::L16),
            Go(14, To1) => To(State::L1),
            Go(14, Again1) => Reenter(State::L1),
            Go(14, Myself) => To(State::L14),
            _ => Super,
        }
    }

    #[state(parent = l14, initial = l16)]
    fn l15(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(15, To16) => To(State::L16),
            Go(15, To1) => To(State::L1),
            Go(15, Again1) => Reenter(State::L1),
            Go(15, Myself) => To(State::L15),
            _ => Super,
        }
    }

    #[state(parent = l15)]
    fn l16(&mut self, go: &Go) -> Next<Self> {
        match go {
            Go(16, To16) => To(State::L16),
            Go(16, To1) => To(State::L1),
            Go(16, Again1) => Reenter(State::L1),
            Go(16, Myself) => To(State::L16),
            _ => Super,
        }
    }
}

fn entries(from: u8) -> String {
    (from..=16)
        .map(|level| format!("l{level}-ENTRY;"))
        .collect()
}

fn exits(down_to: u8) -> String {
    (down_to..=16)
        .rev()
        .map(|level| format!("l{level}-EXIT;"))
        .collect()
}

fn started() -> (Machine<Deep>, Told) {
    let mut told = Told::default();
    let mut machine = Machine::new(Deep);
    machine.start(&mut told);
    (machine, told)
}

#[test]
fn an_initial_may_lead_sixteen_levels_down_at_once() {
    let (machine, mut told) = started();
    assert_eq!(told.take(), format!("l1-ENTRY;l1-INIT;{}", entries(2)));
    assert_eq!(machine.state(), Some(DeepState::L16));
    assert_eq!(DeepState::L16.path().len(), MAX_LEVELS);
}

#[test]
fn a_descendant_is_entered_from_every_depth_without_leaving_the_source() {
    for level in 1..=15 {
        let (mut machine, mut told) = started();
        told.take();
        machine.dispatch(&Go(level, To16), &mut told);
        assert_eq!(
            told.take(),
            format!("{}{}", exits(level + 1), entries(level + 1))
        );
    }
}

#[test]
fn the_outermost_state_is_reached_from_every_depth_without_leaving_it() {
    for level in 2..=16 {
        let (mut machine, mut told) = started();
        told.take();
        machine.dispatch(&Go(level, To1), &mut told);
        assert_eq!(told.take(), format!("{}l1-INIT;{}", exits(2), entries(2)));
    }
}

#[test]
fn the_outermost_state_is_reentered_from_every_depth() {
    for level in 1..=16 {
        let (mut machine, mut told) = started();
        told.take();
        machine.dispatch(&Go(level, Again1), &mut told);
        assert_eq!(
            told.take(),
            format!("{}l1-ENTRY;l1-INIT;{}", exits(1), entries(2))
        );
    }
}

#[test]
fn a_composite_that_names_itself_is_exited_and_entered_at_every_depth() {
    for level in 2..=15 {
        let (mut machine, mut told) = started();
        told.take();
        machine.dispatch(&Go(level, Myself), &mut told);
        let inits: String = (level..=15)
            .map(|level| format!("l{level}-INIT;l{}-ENTRY;", level + 1))
            .collect();
        assert_eq!(
            told.take(),
            format!("{}l{level}-ENTRY;{inits}", exits(level))
        );
    }
}

#[test]
fn stopping_exits_sixteen_levels_innermost_first() {
    let (mut machine, mut told) = started();
    told.take();
    machine.stop(&mut told);
    assert_eq!(told.take(), exits(1));
    assert_eq!(machine.state(), None);
}

macro_rules! many {
    ($($state:ident)*) => {
        #[hsm(event = u8, initial = s254, context = Told)]
        impl Many {
            $(#[state(unreachable_ok)]
            fn $state(&mut self, event: &u8) -> Next<Self> {
                match event {
                    0 => To(State::S0),
                    255 => To(State::S254),
                    _ => Super,
                }
            })*
        }
    };
}

struct Many;

many! {
    s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 s12 s13 s14 s15 s16
    s17 s18 s19 s20 s21 s22 s23 s24 s25 s26 s27 s28 s29 s30 s31 s32 s33
    s34 s35 s36 s37 s38 s39 s40 s41 s42 s43 s44 s45 s46 s47 s48 s49 s50
    s51 s52 s53 s54 s55 s56 s57 s58 s59 s60 s61 s62 s63 s64 s65 s66 s67
    s68 s69 s70 s71 s72 s73 s74 s75 s76 s77 s78 s79 s80 s81 s82 s83 s84
    s85 s86 s87 s88 s89 s90 s91 s92 s93 s94 s95 s96 s97 s98 s99 s100 s101
    s102 s103 s104 s105 s106 s107 s108 s109 s110 s111 s112 s113 s114 s115 s116 s117 s118
    s119 s120 s121 s122 s123 s124 s125 s126 s127 s128 s129 s130 s131 s132 s133 s134 s135
    s136 s137 s138 s139 s140 s141 s142 s143 s144 s145 s146 s147 s148 s149 s150 s151 s152
    s153 s154 s155 s156 s157 s158 s159 s160 s161 s162 s163 s164 s165 s166 s167 s168 s169
    s170 s171 s172 s173 s174 s175 s176 s177 s178 s179 s180 s181 s182 s183 s184 s185 s186
    s187 s188 s189 s190 s191 s192 s193 s194 s195 s196 s197 s198 s199 s200 s201 s202 s203
    s204 s205 s206 s207 s208 s209 s210 s211 s212 s213 s214 s215 s216 s217 s218 s219 s220
    s221 s222 s223 s224 s225 s226 s227 s228 s229 s230 s231 s232 s233 s234 s235 s236 s237
    s238 s239 s240 s241 s242 s243 s244 s245 s246 s247 s248 s249 s250 s251 s252 s253 s254
}

#[test]
fn a_chart_may_have_255_states() {
    assert_eq!(ManyState::COUNT, MAX_STATES);
    assert_eq!((size_of::<ManyState>(), size_of::<Machine<Many>>()), (1, 1));
    let mut told = Told::default();
    let mut machine = Machine::new(Many);
    machine.start(&mut told);
    machine.dispatch(&0, &mut told);
    machine.dispatch(&1, &mut told);
    machine.dispatch(&255, &mut told);
    assert_eq!(
        told.take(),
        "s254-ENTRY;s254-EXIT;s0-ENTRY;s0-EXIT;s254-ENTRY;"
    );
    assert_eq!(machine.state(), Some(ManyState::S254));
}
