use farc::Isolated;

#[derive(Isolated)]
union Either {
    number: u32,
    float: f32,
}

fn main() {}
