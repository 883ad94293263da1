use farc::Isolated;

#[derive(Isolated)]
struct Chicken {
    egg: Option<Box<Egg>>,
}

#[derive(Isolated)]
struct Egg {
    chicken: Vec<Chicken>,
}

fn main() {}
