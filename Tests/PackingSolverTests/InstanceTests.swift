import PackingSolver
import Testing

@Suite("Instances and their text")
struct InstanceTests {
    private static let good = "3\t2\t10\t7\n-4\t1\t2\n3\t0\t1\n5\n6\n10\n"

    private func fault(_ text: String) throws -> InstanceTextFault {
        try #require(throws: InstanceTextFault.self) { try InstanceText.read(text.utf8) }
    }

    @Test("a text in the published format is read, costs by their absolute value")
    func reads() throws {
        let instance = try InstanceText.read(Self.good.utf8)
        #expect(instance.capacity == 10 && instance.binCost == 7 && instance.itemCount == 3)
        #expect(
            instance.classes == [
                .init(setupCost: 4, setupWeight: 1, weights: [5, 6]),
                .init(setupCost: 3, setupWeight: 0, weights: [10]),
            ])
        let loose = "\n 3 2  10 -7\r\n-4 1 2\r\n\r\n3 0 1\r\n5\r\n6\r\n10"
        #expect(try InstanceText.read(loose.utf8) == instance)
    }

    @Test(
        "a text that is not an instance is refused with the line and what is wrong there",
        arguments: [
            ("", 1, "the file is empty"),
            ("\n\n", 1, "the file is empty"),
            ("3 2 10\n", 1, "4 numbers (items, classes, capacity, bin cost) are expected, there are 3"),
            ("3 2 10 x\n", 1, "bin cost: \"x\" is not a whole number of 64 bits"),
            ("3 2 10 1.5\n", 1, "bin cost: \"1.5\" is not a whole number of 64 bits"),
            ("0 2 10 7\n", 1, "the number of items is not from 1 to 50000"),
            ("50001 2 10 7\n", 1, "the number of items is not from 1 to 50000"),
            ("3 0 10 7\n", 1, "the number of classes is not from 1 to that of items"),
            ("3 4 10 7\n", 1, "the number of classes is not from 1 to that of items"),
            ("3 2 10 7\n-4 1 2\n", 2, "the file ends after 1 of 2 classes"),
            ("3 2 10 7\n-4 1 4\n", 2, "the class has 4 items, the file 3"),
            ("3 2 10 7\n-4 1 -1\n", 2, "the class has -1 items, the file 3"),
            ("3 2 10 7\n-4 1 2\n3 0 2\n5\n", 1, "there are to be 3 items, but the classes have 4"),
            ("3 2 10 7\n-4 1 2\n3 0 1\n5\n", 4, "the file ends after 1 of the 2 weights of class 1"),
            ("3 2 10 7\n-4 1 2\n3 0 1\n5\n6\n7\n8\n", 7, "there are more weights than the 3 items"),
            ("3 2 10 7\n-4 1 2\n3 0 1\n5\n6 6\n7\n", 5, "1 number (weight) are expected, there are 2"),
            ("3 2 0 7\n-4 0 2\n3 0 1\n5\n6\n7\n", 1, "the capacity is not from 1 to 35184372088832"),
            (
                "3 2 10 7\n-4 11 2\n3 0 1\n5\n6\n7\n", 2,
                "the setup weight is negative or more than the capacity"
            ),
            (
                "3 2 10 7\n-4 -1 2\n3 0 1\n5\n6\n7\n", 2,
                "the setup weight is negative or more than the capacity"
            ),
            (
                "3 2 10 7\n-4 1 2\n3 0 1\n\n5\n10\n7\n", 6,
                "the item does not fit a bin together with the setup of its class"
            ),
            ("3 2 10 7\n-4 1 2\n3 0 1\n5\n0\n7\n", 5, "the weight is less than 1"),
            (
                "3 2 10 7\n-9223372036854775808 1 2\n3 0 1\n5\n0\n7\n", 2, "the setup cost is out of range"
            ),
        ])
    func refuses(text: String, line: Int, message: String) throws {
        let fault = try fault(text)
        #expect(fault.message == message)
        #expect(fault.line == line)
        #expect(fault.description == "\(line): \(message)")
    }

    @Test("figures at their bounds are taken, figures beyond them are refused")
    func bounds() throws {
        func make(capacity: Int64 = 10, binCost: Int64 = 1, setupCost: Int64 = 1, weight: Int64 = 1) throws {
            _ = try PackingInstance(
                classes: [.init(setupCost: setupCost, setupWeight: 0, weights: [weight])],
                capacity: capacity, binCost: binCost)
        }
        try make(capacity: 1 << 45)
        #expect(throws: PackingInstanceFault.capacity) { try make(capacity: 1 << 45 + 1) }
        #expect(throws: PackingInstanceFault.binCost) { try make(binCost: 1 << 48 + 1) }
        #expect(throws: PackingInstanceFault.binCost) { try make(binCost: -1) }
        #expect(throws: PackingInstanceFault.setupCost(class: 0)) { try make(setupCost: -1) }
        try make(weight: 10)
        #expect(throws: PackingInstanceFault.tooHeavy(class: 0, item: 0)) { try make(weight: 11) }
        // 2^48 and 2^48 have a common divisor, 2^48 and 1 have none.
        try make(binCost: 1 << 48, setupCost: 1 << 48)
        #expect(throws: PackingInstanceFault.tooCostly) { try make(binCost: 1 << 48, setupCost: 1) }
        let many = Array(repeating: Int64(1), count: PackingInstance.mostItems + 1)
        #expect(throws: PackingInstanceFault.tooManyItems) {
            try PackingInstance(
                classes: [.init(setupCost: 0, setupWeight: 0, weights: many)], capacity: 1, binCost: 1)
        }
    }

    @Test("the cost of a packing is that of its bins and openings; what breaks the rules has none")
    func cost() throws {
        let instance = try InstanceText.read(Self.good.utf8)
        let expected: Int64 = 3 * 7 + 4 + 4 + 3
        #expect(instance.cost(of: Packing(bins: [[0], [1], [2]])) == expected)
        for wrong in [
            [[0, 1], [2]], [[0], [1]], [[0], [1], [2], []], [[0], [1], [2], [2]], [[0], [1], [3]],
        ] {
            #expect(instance.cost(of: Packing(bins: wrong)) == nil)
        }
    }
}
