import Testing

@testable import Core
@testable import Recordings

private func properties(_ pairs: KeyValuePairs<String, TDMSProperty>) -> [(name: String, value: TDMSProperty)] {
  pairs.map { ($0.key, $0.value) }
}

@Test func theLastScaleIsTheOutputAndPullsItsInputs() throws {
  let scaling = try TDMSScaling(
    properties([
      "NI_Number_Of_Scales": .integer(3), "NI_Scale[0]_Scale_Type": .string("Linear"),
      "NI_Scale[0]_Linear_Slope": .number(2), "NI_Scale[0]_Linear_Y_Intercept": .number(1),
      "NI_Scale[1]_Scale_Type": .string("Polynomial"), "NI_Scale[1]_Polynomial_Coefficients_Size": .integer(3),
      "NI_Scale[1]_Polynomial_Coefficients[0]": .number(1), "NI_Scale[1]_Polynomial_Coefficients[1]": .number(0),
      "NI_Scale[1]_Polynomial_Coefficients[2]": .number(1), "NI_Scale[1]_Polynomial_Input_Source": .integer(0),
      "NI_Scale[2]_Scale_Type": .string("Subtract"), "NI_Scale[2]_Subtract_Left_Operand_Input_Source": .integer(0),
      "NI_Scale[2]_Subtract_Right_Operand_Input_Source": .integer(1),
    ]))
  #expect(scaling?.values(of: [0, 1]) == [1, 7])
}

@Test func aTableIsClampedAndAFallingOneTurnedRound() throws {
  let scaling = try TDMSScaling(
    properties([
      "NI_Scale[0]_Scale_Type": .string("Table"), "NI_Scale[0]_Table_Pre_Scaled_Values_Size": .integer(2),
      "NI_Scale[0]_Table_Scaled_Values_Size": .integer(2), "NI_Scale[0]_Table_Pre_Scaled_Values[0]": .number(2),
      "NI_Scale[0]_Table_Pre_Scaled_Values[1]": .number(0), "NI_Scale[0]_Table_Scaled_Values[0]": .number(20),
      "NI_Scale[0]_Table_Scaled_Values[1]": .number(10),
    ]))
  #expect(scaling?.values(of: [-1, 0, 1, 2, 3]) == [10, 10, 15, 20, 20])
}

@Test func valuesThatAreScaledAlreadyHaveNoScales() throws {
  let scaled = properties([
    "NI_Scaling_Status": .string("scaled"), "NI_Scale[0]_Scale_Type": .string("Linear"),
  ])
  #expect(try TDMSScaling(scaled) == nil)
}

@Test func aCircleAMissingFieldAndAnUnknownTypeAreNamed() {
  let circle = properties([
    "NI_Scale[0]_Scale_Type": .string("AdvancedAPI"), "NI_Scale[0]_AdvancedAPI_Input_Source": .integer(0),
  ])
  #expect(throws: TDMSScaling.Fault.unusable("NI_Scale[0] is an input of itself")) { try TDMSScaling(circle) }
  let bare = properties(["NI_Scale[0]_Scale_Type": .string("Linear")])
  #expect(throws: TDMSScaling.Fault.missing("NI_Scale[0]_Linear_Slope")) { try TDMSScaling(bare) }
  let other = properties(["NI_Scale[0]_Scale_Type": .string("Magic")])
  #expect(throws: TDMSScaling.Fault.unknownType("Magic")) { try TDMSScaling(other) }
  let absent = properties([
    "NI_Scale[0]_Scale_Type": .string("AdvancedAPI"), "NI_Scale[0]_AdvancedAPI_Input_Source": .integer(7),
  ])
  #expect(throws: TDMSScaling.Fault.missing("NI_Scale[7]")) { try TDMSScaling(absent) }
}
